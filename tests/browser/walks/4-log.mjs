// Logg, as somebody meets it who does not take our word. USERS 9.7.

import { assert } from '../house.mjs';

export const walks = () => ({
  'numbers and events, nothing else': async (person) => {
    const page = await person();
    await page.goto('/logg');
    const text = await page.innerText('main');
    assert.match(text, /Registrerad/);
    assert.match(text, /Kontrollpunkt/);
    assert.doesNotMatch(text, /Personalärende|PN 2026/);
  },
});
