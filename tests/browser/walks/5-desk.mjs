// The desk, as registrar and archivist work at it: twelve files with one bad, a hold, a disposal by two people, a
// statement. USERS 9.4 to 9.6.

import { accessible, ask, assert, printed, sample, PICTURE, whole } from '../house.mjs';
import { readFileSync } from 'node:fs';

const NAMES = ['expired', 'extra-page', 'gap-smuggled', 'replaced-reason', 'altered-annotation', 'revoked-after-timestamp',
  'two-of-three', 'expired-b-lta', 'byte-flipped', 'unknown-issuer'].map((name) => `styrelseprotokoll-${name}.pdf`)
  .concat('organisationsstampel-familj-b.pdf');

export const walks = (world) => ({
  'twelve files, one of them bad': async (person) => {
    const page = await person({ role: 'registrar' });
    await page.goto('/register');
    await page.click('text=Lägg till handlingar');
    const files = NAMES
      .map((name) => ({ name, mimeType: 'application/pdf', buffer: readFileSync(sample(name)) }));
    await page.setInputFiles('#fil', [...files, PICTURE]);
    await page.click('text=Kontrollera filerna');
    await page.waitForSelector('text=Spara 12 handlingar', { timeout: 60_000 });
    await whole(page, 'review');
    await accessible(page, 'review');
    // Everything that is not valid needs a reason; the picture gets none.
    for (const row of await page.locator('fieldset').all()) {
      const reason = row.locator('input[name^=motivering]');
      if (await reason.count() && !(await row.innerText()).includes('bild.png')) await reason.fill('Så kom den till oss');
    }
    await page.click('text=Spara 12 handlingar');
    await page.waitForSelector('text=11 av 12 sparades', { timeout: 60_000 });
    const told = await page.innerText('[role=status]');
    assert.match(told, /1 fil behöver åtgärd/);
    const focused = await page.evaluate(() => document.activeElement.closest('fieldset')?.innerText ?? '');
    assert.match(focused, /bild\.png/, 'focus is where something is to be done');
    await accessible(page, 'partly saved');
    await page.goto('/register?text=styrelse');
    assert.ok(await page.locator('tbody tr').count() >= 10);
    const kept = await ask('auditor', 'GET', '/api/v1/records?limit=50').then((answer) => answer.json());
    const types = new Set(kept.items.filter((one) => one.title === 'Styrelseprotokoll').map((one) => one.recordType));
    assert.deepEqual([...types], ['minutes'], 'what was read as minutes is kept as minutes, whatever the plan has rules for');
  },
  'a hold is placed and lifted': async (person) => {
    const page = await person({ role: 'registrar', script: false });
    await page.goto(`/handling/${world.second.id}`);
    await page.click('text=Lägg till gallringsstopp');
    await page.click('main form button[type=submit]');
    assert.match(await page.title(), /^Fel: /, 'a reason is needed');
    await page.fill('#skal', 'Tvist om paragraf 48');
    await page.click('main form button[type=submit]');
    assert.match(await page.innerText('main'), /Tvist om paragraf 48/);
    await page.goto('/gallring/stopp');
    assert.match(await page.innerText('main'), /Tvist om paragraf 48/);
    await page.goto(`/handling/${world.second.id}`);
    await page.click('text=Häv gallringsstoppet');
    await page.fill('#skal', 'Tvisten är avgjord');
    await page.click('main form button[type=submit]');
    await page.goto('/gallring/stopp');
    assert.doesNotMatch(await page.innerText('main'), /Tvist om paragraf 48/);
  },
  'a disposal by two people': async (person) => {
    const one = await person({ role: 'archivist' });
    await one.goto('/gallring');
    await one.click('text=Skapa gallringsförslag');
    await one.goto('/gallring');
    await one.click('a:has-text("Granska")');
    assert.match(await one.innerText('main'), /Du kan inte besluta om ditt eget förslag/);
    assert.equal(await one.locator('#beslut').count(), 0);
    const other = await person({ role: 'second-archivist' });
    await other.goto('/gallring');
    await other.click('a:has-text("Granska")');
    await whole(other, 'proposal');
    await accessible(other, 'proposal');
    await other.click('button:has-text("Gallra")');
    assert.match(await other.title(), /^Fel: /, 'a decision has a number');
    await other.fill('#beslut', 'KS 2031/44');
    await other.click('button:has-text("Gallra")');
    await other.waitForSelector('text=Kan ångras till');
    await other.click('text=Visa gallringsprotokollet');
    const text = await other.innerText('main');
    assert.match(text, /KS 2031\/44/);
    assert.match(text, new RegExp(world.due.sha256.slice(0, 16)));
    const gone = await ask('auditor', 'GET', `/api/v1/records/${world.due.id}/document`);
    assert.equal(gone.status, 410);
  },
  'a statement is printed': async (person) => {
    const page = await person({ role: 'registrar' });
    await page.goto(`/handling/${world.record.id}`);
    const text = await page.innerText('main');
    assert.match(text, new RegExp(world.record.sha256.slice(0, 16)));
    assert.ok(await printed(page, 'kontrollintyg') <= 2);
  },
});
