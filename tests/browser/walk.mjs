// Walks the pages as people do and says which walks failed. An argument picks walks by name: `run logg`.

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { browser, person, register, shots } from './house.mjs';

/** What stands in the archive that every walk meets: a public record, another with its number, one that is not public. */
async function furnish() {
  const minutes = 'recordType=minutes&diaryNumber=KS%202026/123';
  return {
    record: await register('styrelseprotokoll-genuine.pdf', `public=true&${minutes}&title=Styrelsens%20protokoll`),
    second: await register('styrelseprotokoll-b-lta.pdf', `public=true&${minutes}&title=Styrelsens%20protokoll%20igen`),
    // Its term has passed by the schedule that the archive was given.
    due: await register('styrelseprotokoll-rsa-no-null.pdf', 'recordType=summons&title=Kallelse&diaryNumber=KS%202024/1'),
    hidden: await register('styrelseprotokoll-altered-vote.pdf', 'title=Personal%C3%A4rende&diaryNumber=PN%202026/9'),
  };
}

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), 'walks');
const asked = process.argv.slice(2);
const open = await browser();
const world = await furnish();
let failed = 0;
let walked = 0;
for (const file of readdirSync(folder).sort()) {
  const { walks } = await import(path.join(folder, file));
  for (const [name, walk] of Object.entries(walks(world))) {
    const whole = `${file.replace('.mjs', '')}: ${name}`;
    if (asked.length && !asked.some((word) => whole.includes(word))) continue;
    const began = Date.now();
    walked += 1;
    const opened = [];
    try {
      await walk(async (how) => (opened.push(await person(open, how)), opened.at(-1)));
      console.log(`ok    ${whole} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed += 1;
      const picture = path.join(shots, `FAILED-${walked}.png`);
      await opened.at(-1)?.screenshot({ path: picture }).catch(() => {});
      console.log(`FAILED ${whole}\n${error.message}\n${error.stack?.split('\n').find((line) => line.includes('walks/')) ?? ''}\n      ${picture}`);
    }
    for (const page of opened) await page.context().close();
  }
}
await open.close();
console.log(`${walked} walks, ${failed} failed; pictures in ${shots}`);
process.exit(failed || !walked ? 1 : 0);
