// Kontrollera and the verdict, as somebody at a reception desk meets them. USERS 1d, 9.1 and 9.2.

import { readFileSync } from 'node:fs';
import { assert, check, follow, PICTURE, printed, sample, SIGNED } from '../house.mjs';

const heading = (page) => page.textContent('h1[data-verdict]');

export const walks = (world) => ({
  'a file that is in order': async (person) => {
    const page = await person();
    await check(page, [SIGNED]);
    assert.equal(await heading(page), 'Underskrifterna är giltiga');
    const text = await page.innerText('main');
    assert.match(text, /Undertecknat av Annelie Ledin, Erik Lövgren och Malin Svanholm/);
    assert.match(text, /Ingen åtgärd behövs/);
    assert.doesNotMatch(text, /INDETERMINATE|TOTAL-|ByteRange/, 'nothing for cryptographers until it is unfolded');
    await page.click('summary:has-text("Tekniska detaljer")');
    assert.match(await page.innerText('main'), /TOTAL-PASSED/);
  },
  'a file that somebody altered': async (person) => {
    const page = await person();
    await check(page, [sample('styrelseprotokoll-altered-vote.pdf')]);
    assert.equal(await heading(page), 'Dokumentet har ändrats efter underskrift');
    assert.match(await page.innerText('.verdict'), /Sidan 4 ser annorlunda ut än när den skrevs under/);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Ladda ner den underskrivna versionen')]);
    assert.equal(download.suggestedFilename(), 'styrelseprotokoll-altered-vote-underskriven.pdf');
    await check(page, [await download.path()]);
    assert.equal(await page.getAttribute('h1', 'data-verdict'), 'valid', 'what was signed is still in the file');
  },
  'several files, as a table and for a spreadsheet': async (person) => {
    const page = await person();
    await check(page, [SIGNED, sample('styrelseprotokoll-altered-vote.pdf'), PICTURE]);
    assert.deepEqual(await page.locator('thead th').allInnerTexts(), ['Fil', 'Svar', 'Undertecknare', 'Senaste underskrift', 'Åtgärd']);
    assert.deepEqual(await page.locator('tbody [data-verdict]').evaluateAll((all) => all.map((one) => one.dataset.verdict)), ['valid', 'altered', 'unreadable']);
    await follow(page, () => page.click('tbody th a >> nth=1'));
    assert.match(page.url(), /#fil-2$/);
    assert.match(await page.innerText('#fil-2'), /Sidan 4 ser annorlunda ut/);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Ladda ner som CSV')]);
    const csv = readFileSync(await download.path(), 'utf8');
    assert.match(csv, /^\ufeff"Fil";"Svar"/);
    assert.equal(csv.trim().split('\r\n').length, 4);
  },
  'no file chosen': async (person) => {
    const page = await person();
    await check(page, []);
    assert.match(await page.title(), /^Fel: /);
    assert.match(await page.innerText('.errors'), /Välj en fil att kontrollera/);
    assert.equal(await page.evaluate(() => document.activeElement.className), 'errors');
    await page.click('.errors a');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'fil');
  },
  'a file that is too large': async (person) => {
    const page = await person();
    await check(page, [{ name: 'stor.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(4_200_000) }]);
    assert.match(await page.innerText('.errors'), /Filen är för stor \(5\sMB\)\. Högst 4\sMB\./);
  },
  'only the checksum': async (person) => {
    const page = await person();
    const sent = [];
    page.on('request', (request) => sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await page.goto('/');
    await page.setInputFiles('#fil', [sample('styrelseprotokoll-genuine.pdf')]);
    await page.check('input[value=kontrollsumma]');
    await page.click('main form[data-check] button[type=submit]');
    await page.waitForURL(new RegExp(`/handling/${world.record.id}`));
    assert.ok(!sent.some((one) => one.startsWith('POST')), 'the file stayed here');
    const plain = await person({ script: false });
    await plain.goto('/');
    assert.equal(await plain.locator('input[value=kontrollsumma]').isVisible(), false, 'nothing is offered that cannot work');
  },
  'the page is cleared': async (person) => {
    const page = await person();
    await check(page, [SIGNED]);
    await page.click('text=Töm sidan');
    await page.waitForURL(`${new URL('/', page.url())}`);
    assert.doesNotMatch(await page.innerText('body'), /Annelie/);
  },
  'files are dropped': async (person) => {
    const page = await person();
    await page.goto('/');
    const dropped = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(['%PDF-1.7'], 'protokoll.pdf', { type: 'application/pdf' }));
      return data;
    });
    await page.dispatchEvent('#fil', 'drop', { dataTransfer: dropped });
    assert.match(await page.innerText('[role=status]'), /protokoll\.pdf vald/);
  },
  'an issuer nobody here knows': async (person) => {
    const page = await person();
    await check(page, [sample('styrelseprotokoll-unknown-issuer.pdf')]);
    assert.equal(await page.getAttribute('h1', 'data-verdict'), 'indeterminate');
    assert.match(await page.innerText('main'), /Det betyder inte att underskriften är falsk/);
  },
  'a registered file leads to its record': async (person) => {
    const page = await person();
    await check(page, [sample('styrelseprotokoll-genuine.pdf')]);
    await follow(page, () => page.click('text=Visa handlingen'));
    assert.match(page.url(), new RegExp(`/handling/${world.record.id}`));
  },
  'a wrong file': async (person) => {
    const page = await person();
    await check(page, [PICTURE]);
    assert.match(await page.innerText('main'), /be om den underskrivna PDF-filen/);
  },
  'no JavaScript': async (person) => {
    const page = await person({ script: false });
    await check(page, [SIGNED]);
    assert.equal(await heading(page), 'Underskrifterna är giltiga');
    await page.goto('/sok');
    await page.fill('#q', world.record.id);
    await follow(page, () => page.press('#q', 'Enter'));
    assert.match(page.url(), /\/handling\//);
  },
  'the keyboard alone': async (person) => {
    const page = await person();
    await page.goto('/');
    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Hoppa till innehåll');
    await page.keyboard.press('Enter');
    assert.equal(await focused(), 'main');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'fil');
    await page.setInputFiles('#fil', [SIGNED]); // The system's own dialogue, which no page can drive.
    for (let step = 0; step < 8 && await focused() !== 'Kontrollera'; step += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1[data-verdict=valid]');
  },
  'a statement is printed': async (person) => {
    const page = await person();
    await check(page, [SIGNED]);
    assert.equal(await printed(page, 'kontrollintyg'), 1, 'three signers are one sheet');
    await check(page, [sample('styrelseprotokoll-altered-vote.pdf')]);
    assert.equal(await printed(page, 'kontrollintyg-andrad'), 1, 'and one where much is wrong');
  },
});
