// Logg, as somebody meets it who does not take our word. USERS 9.7.

import { ask, assert, printed, register } from '../house.mjs';

async function paste(page, text) {
  await page.goto('/logg');
  await page.click('text=Kontrollera från en tidigare kontrollpunkt');
  await page.fill('#kontrollpunkt', text);
  await page.click('main form button[type=submit]');
  await page.waitForSelector('#svaret, .errors');
  return page.innerText('main');
}

export const walks = () => ({
  'numbers and events, nothing else': async (person) => {
    const page = await person();
    await page.goto('/logg');
    const text = await page.innerText('main');
    assert.match(text, /Registrerad/);
    assert.match(text, /Kontrollpunkt/);
    assert.doesNotMatch(text, /Personalärende|PN 2026/);
    assert.equal(await page.locator('text=Dra stickprov').count(), 0, 'nobody draws who may not read');
  },
  'a checkpoint that was kept': async (person) => {
    const page = await person();
    const kept = await (await ask(null, 'GET', '/checkpoint')).text();
    await register('styrelseprotokoll-revoked.pdf', 'title=Senare');
    const text = await paste(page, kept);
    assert.match(text, /Loggen stämmer: den fortsätter din kontrollpunkt/);
    assert.match(text, /Beviset med \d+ kontrollsummor leder från din rot till dagens/);
    assert.equal(await page.locator('.steps > li .good, .steps > li > .good').count(), 3);
  },
  'a checkpoint that was altered, and one that is none': async (person) => {
    const page = await person();
    const kept = await (await ask(null, 'GET', '/checkpoint')).text();
    const [origin, size, ...rest] = kept.split('\n');
    const text = await paste(page, [origin, Number(size) - 1, ...rest].join('\n'));
    assert.match(text, /Loggen fortsätter inte din kontrollpunkt/);
    assert.match(text, /inte underskriven med den här loggens nyckel/);
    assert.match(await paste(page, 'hej'), /Det ser inte ut som en kontrollpunkt/);
    assert.match(await page.title(), /^Fel: /);
  },
  'an auditor draws a sample and prints it': async (person) => {
    const page = await person({ role: 'auditor' });
    await page.goto('/logg');
    await page.click('text=Dra stickprov');
    await page.waitForSelector('tbody tr');
    const text = await page.innerText('main');
    assert.match(text, /Inga fel hittades\./);
    assert.match(text, /Personalärende/, 'records that are not public are drawn too');
    assert.ok(await page.locator('tbody tr').count() >= 3);
    assert.ok(await printed(page, 'stickprov') <= 2);
    const answer = await ask(null, 'POST', '/logg/stickprov');
    assert.ok([401, 403].includes(answer.status), `nobody draws without a role: ${answer.status}`);
  },
});
