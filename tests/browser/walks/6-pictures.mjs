// The pictures of README and book: a valid verdict and an altered one, as the pages are now. `TEST_PICTURES=1` writes them
// anew where they are kept; without it the walk holds that what is written beneath them is what the pages say.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { assert, root, sample, SIGNED } from '../house.mjs';

const kept = path.join(root, 'deploy/book/src/bilder');
const pictures = [
  { file: 'giltigt', from: SIGNED, lang: 'sv', page: 'README.sv.md' },
  { file: 'andrat', from: sample('styrelseprotokoll-altered-vote.pdf'), lang: 'sv', page: 'README.sv.md' },
  { file: 'valid', from: SIGNED, lang: 'en', page: 'README.md' },
  { file: 'altered', from: sample('styrelseprotokoll-altered-vote.pdf'), lang: 'en', page: 'README.md' },
];

export const walks = () => Object.fromEntries(pictures.map(({ file, from, lang, page: told }) => [`picture ${file}`, async (person) => {
  const page = await person({ width: 640 });
  await page.goto(`/?lang=${lang}`);
  await page.setInputFiles('#fil', [from]);
  await page.click('main form button[type=submit]');
  await page.waitForSelector('h1[data-verdict]');
  const headline = (await page.textContent('h1')).trim();
  const words = readFileSync(path.join(root, told), 'utf8');
  assert.ok(words.includes(`bilder/${file}.png" alt="${headline}`), `${told} shows ${file}.png and says "${headline}" of it`);
  if (!process.env.TEST_PICTURES) return;
  await page.evaluate(() => document.activeElement.blur());
  await page.screenshot({ path: path.join(kept, `${file}.png`), clip: { x: 0, y: 0, width: 640, height: 780 } });
}]));
