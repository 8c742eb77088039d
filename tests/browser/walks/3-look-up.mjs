// Sök and the record page, from what somebody has on paper. USERS 9.3 and 9.4.

import { ask, assert, follow, printed } from '../house.mjs';

async function look(page, words) {
  await page.goto('/sok');
  await page.fill('#q', words);
  await follow(page, () => page.press('#q', 'Enter'));
}

export const walks = (world) => ({
  'an id as it was copied': async (person) => {
    const page = await person();
    const id = world.second.transactionIds[0];
    assert.ok(id, 'the sample has a transaction id');
    for (const pasted of [id, id.toUpperCase(), `Transaktions-ID: ${id}`, `  ${id.slice(0, 8)} ${id.slice(8)} `]) {
      await look(page, pasted);
      const text = await page.innerText('main');
      assert.match(text, /Styrelsens protokoll/, pasted);
    }
  },
  'what is not an id, and what is not here': async (person) => {
    const page = await person();
    await look(page, 'hej');
    assert.match(await page.innerText('main'), /Det ser inte ut som ett Transaktions-ID/);
    await look(page, '8f3c2a10-6f0e-4c1d-9a53-2b7d7f1f5c0e');
    assert.match(await page.innerText('main'), /Vi hittar ingen handling med det ID:t/);
    await follow(page, () => page.click('text=Kontrollera den i stället'));
    assert.equal(new URL(page.url()).pathname, '/');
  },
  'a number that two records have': async (person) => {
    const page = await person();
    await look(page, 'KS 2026/123');
    assert.equal(await page.locator('main table tbody tr').count(), 2);
    await follow(page, () => page.click('main table tbody tr >> nth=0 >> a'));
    assert.match(page.url(), /\/handling\//);
  },
  'what is not public is not there': async (person) => {
    const page = await person();
    const answer = await page.goto(`/handling/${world.hidden.id}`);
    assert.equal(answer.status(), 404);
    assert.equal((await page.textContent('h1')).trim(), 'Sidan finns inte');
  },
  'a record is printed': async (person) => {
    const page = await person();
    await page.goto(`/handling/${world.record.id}`);
    const sheets = await printed(page, 'handling');
    assert.ok(sheets <= 2, `${sheets} sheets`);
  },
  'a receipt leads to its record': async (person) => {
    const page = await person();
    const hand = async (text) => {
      await page.goto('/sok');
      await page.setInputFiles('#kvitto', { name: 'kvitto.tlog-proof', mimeType: 'text/plain', buffer: Buffer.from(text) });
      await follow(page, () => page.click('text=Visa handlingen'));
    };
    const receipt = async (id, role) => (await ask(role, 'GET', `/api/v1/records/${id}/receipt`)).text();
    const own = await receipt(world.record.id, null);
    await hand(own);
    assert.match(page.url(), new RegExp(`/handling/${world.record.id}`));
    await hand(own.replace(/^index \d+$/m, 'index 1'));
    assert.match(await page.innerText('main'), /inte ett kvitto från den här loggen/);
    await hand(await receipt(world.hidden.id, 'auditor'));
    assert.match(await page.innerText('main'), /Vi hittar ingen handling/, 'a receipt opens nothing that is not public');
  },
  'ids are copied by a button': async (person) => {
    const page = await person();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(`/handling/${world.record.id}`);
    await page.click('button[data-of=summa]');
    await page.waitForSelector('text=Kopierat');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), world.record.sha256);
  },
});
