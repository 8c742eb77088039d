// What holds on every page: accessible, whole, and fitting a small window. WCAG 2.1 AA; USERS 1d and 9.

import { accessible, assert, fits, follow, shot, whole } from '../house.mjs';
import { pages, visit } from '../pages.mjs';

export const walks = (world) => Object.fromEntries(pages.map((one) => [one.name, async (person) => {
  const page = await person({ role: one.role });
  await visit(page, one, world);
  assert.ok((await page.textContent('h1')).startsWith(one.sv), `${one.name}: ${await page.textContent('h1')}`);
  await whole(page, one.name);
  await accessible(page, `${one.name}, light`);
  await shot(page, `${one.name}-1280`);
  await page.emulateMedia({ colorScheme: 'dark' });
  await shot(page, `${one.name}-1280-dark`);
  await page.setViewportSize({ width: 320, height: 640 });
  await fits(page, `${one.name}, 320 px`);
  await accessible(page, `${one.name}, dark, 320 px`);
  await page.emulateMedia({ colorScheme: 'light' });
  await shot(page, `${one.name}-320`);
  await page.setViewportSize({ width: 768, height: 1024 });
  await shot(page, `${one.name}-768`);
  // 1.4.4: letters of twice the size, in a window where that is asked for.
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
  await fits(page, `${one.name}, 200 %`);
  if (one.en) {
    await follow(page, () => page.click('a.language[hreflang]'));
    await whole(page, `${one.name}, English`, 'en');
    assert.equal((await page.textContent('h1')).trim(), one.en);
  }
}]));
