// The desk, as registrar and archivist work at it: twelve files with one bad, a hold, a disposal by two people, a
// statement. USERS 9.4 to 9.6.

import { readFileSync } from 'node:fs';
import { accessible, ask, assert, check, follow, printed, sample, shot, PICTURE, whole } from '../house.mjs';

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
    await page.waitForSelector('text=Spara 12 handlingar');
    await whole(page, 'review');
    await accessible(page, 'review');
    // Everything that is not valid needs a reason; the picture gets none.
    for (const row of await page.locator('fieldset').all()) {
      const reason = row.locator('input[name^=motivering]');
      if (await reason.count() && !(await row.innerText()).includes('bild.png')) await reason.fill('Så kom den till oss');
    }
    await page.click('text=Spara 12 handlingar');
    await page.waitForSelector('text=11 av 12 sparades');
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
    await follow(page, () => page.click('text=Lägg till gallringsstopp'));
    await follow(page, () => page.click('main form button[type=submit]'));
    assert.match(await page.title(), /^Fel: /, 'a reason is needed');
    await page.fill('#skal', 'Tvist om paragraf 48');
    await follow(page, () => page.click('main form button[type=submit]'));
    assert.match(await page.innerText('main'), /Tvist om paragraf 48/);
    await page.goto('/gallring/stopp');
    assert.match(await page.innerText('main'), /Tvist om paragraf 48/);
    await page.goto(`/handling/${world.second.id}`);
    await follow(page, () => page.click('text=Häv gallringsstoppet'));
    await page.fill('#skal', 'Tvisten är avgjord');
    await follow(page, () => page.click('main form button[type=submit]'));
    await page.goto('/gallring/stopp');
    assert.doesNotMatch(await page.innerText('main'), /Tvist om paragraf 48/);
  },
  'a disposal by two people': async (person) => {
    const one = await person({ role: 'archivist' });
    await one.goto('/gallring');
    // Nothing is chosen for whoever looks: a disposal is asked for record by record.
    assert.equal(await one.locator('input[name=handling]:checked').count(), 0);
    await follow(one, () => one.click('text=Skapa gallringsförslag'));
    assert.match(await one.title(), /^Fel: /, 'a proposal is of something');
    await one.goto('/gallring');
    await one.check(`main input[value="${world.due.id}"]`);
    await follow(one, () => one.click('text=Skapa gallringsförslag'));
    await one.goto('/gallring');
    await follow(one, () => one.click('a:has-text("Granska")'));
    assert.match(await one.innerText('main'), /Du kan inte besluta om ditt eget förslag/);
    assert.equal(await one.locator('#beslut').count(), 0);
    const other = await person({ role: 'second-archivist' });
    await other.goto('/gallring');
    await follow(other, () => other.click('a:has-text("Granska")'));
    await whole(other, 'proposal');
    await accessible(other, 'proposal');
    await follow(other, () => other.click('button:has-text("Gallra")'));
    assert.match(await other.title(), /^Fel: /, 'a decision has a number');
    await other.fill('#beslut', 'KS 2031/44');
    await follow(other, () => other.click('button:has-text("Gallra")'));
    await other.waitForSelector('text=Kan ångras till');
    await follow(other, () => other.click('text=Visa gallringsprotokollet'));
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
    assert.equal(await printed(page, 'kontrollintyg-handling'), 1, 'three signers are one sheet');
  },
  'the document is looked at': async (person) => {
    const page = await person({ role: 'auditor' });
    const shown = [];
    page.on('response', (answer) => shown.push(`${answer.status()} ${new URL(answer.url()).pathname}`));
    await page.goto(`/handling/${world.second.id}`);
    const document = `200 /handling/${world.second.id}/document`;
    assert.ok(!shown.includes(document), 'it is not fetched, nor noted as read, before it is asked for');
    const fetched = page.waitForResponse((answer) => `${answer.status()} ${new URL(answer.url()).pathname}` === document);
    await page.click('summary:has-text("Visa dokumentet")');
    await page.locator('.viewer iframe').scrollIntoViewIfNeeded();
    await fetched;
    await whole(page, 'viewer');
    await accessible(page, 'viewer');
    await shot(page, 'dokument-visat');
    const stranger = await person();
    await stranger.goto(`/handling/${world.second.id}`);
    assert.equal(await stranger.locator('iframe').count(), 0);
  },
  'a checked file goes on to the register, without a script': async (person) => {
    const page = await person({ role: 'registrar', script: false });
    await check(page, [sample('styrelseprotokoll-b-lt.pdf')]);
    await follow(page, () => page.click('text=Spara i registret'));
    await page.waitForSelector('text=Spara 1 handling');
    assert.match(await page.innerText('fieldset'), /styrelseprotokoll-b-lt\.pdf/);
  },
});
