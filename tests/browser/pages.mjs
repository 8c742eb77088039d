// Every page that is walked, with the role it needs. A new page is one line here: `open` leads to it where an address
// is not enough. Each is looked at by axe in light and dark, at 320, 768 and 1280 px, with letters twice as large, in both
// languages, and a picture of it is written.

import { check, PICTURE, sample, SIGNED } from './house.mjs';

/** A file's verdict, which no address leads to. */
const verdict = (...names) => (page) => check(page, names.map((name) => sample(name)));

export const pages = [
  { name: 'kontrollera', path: '/', sv: 'Kontrollera en underskriven handling', en: 'Check a signed document' },
  { name: 'svar-giltig', open: (page) => check(page, [SIGNED]), sv: 'Underskrifterna är giltiga' },
  { name: 'svar-andrad', open: verdict('styrelseprotokoll-altered-vote.pdf'), sv: 'Dokumentet har ändrats efter underskrift' },
  { name: 'svar-okand', open: verdict('styrelseprotokoll-unknown-issuer.pdf'), sv: 'Vi kan inte avgöra om underskrifterna är giltiga' },
  { name: 'svar-ogiltig', open: verdict('styrelseprotokoll-byte-flipped.pdf'), sv: 'Underskrifterna är ogiltiga' },
  { name: 'svar-osignerad', open: verdict('styrelseprotokoll-flattened.pdf'), sv: 'Dokumentet har ingen elektronisk underskrift' },
  { name: 'svar-olasbar', open: (page) => check(page, [PICTURE]), sv: 'Filen gick inte att läsa' },
  { name: 'svar-flera', open: verdict('styrelseprotokoll-b-lta.pdf', 'styrelseprotokoll-altered-vote.pdf', 'TABLE.md'), sv: '3 filer kontrollerade' },
  { name: 'sok', path: '/sok', sv: 'Sök handling', en: 'Look up a record' },
  { name: 'sok-ingen-traff', path: '/sok?q=8f3c2a10-6f0e-4c1d-9a53-2b7d7f1f5c0e', sv: 'Sök handling' },
  { name: 'sok-fel-form', path: '/sok?q=hej', sv: 'Sök handling' },
  { name: 'sok-flera', path: '/sok?q=KS+2026/123', sv: 'Sök handling' },
  { name: 'handling', path: (world) => `/handling/${world.record.id}`, sv: 'Styrelsens protokoll' },
  { name: 'handling-revisor', path: (world) => `/handling/${world.hidden.id}`, role: 'auditor', sv: 'Personalärende' },
  { name: 'logg', path: '/logg', sv: 'Logg', en: 'Log' },
  { name: 'kontrollpunkt', path: '/logg/kontrollpunkt', sv: 'Kontrollera från en tidigare kontrollpunkt', en: 'Check from an earlier checkpoint' },
  { name: 'kontrollpunkt-fel', path: '/logg/kontrollpunkt?kontrollpunkt=hej', sv: 'Kontrollera från en tidigare kontrollpunkt' },
  { name: 'stickprov', role: 'auditor', open: async (page) => {
    await page.goto('/logg');
    await page.click('text=Dra stickprov');
    await page.waitForSelector('text=Kontrollpunkt vid provet');
  }, sv: 'Stickprov' },
  { name: 'sa-kontrollerar-vi', path: '/sa-kontrollerar-vi', sv: 'Så kontrollerar vi', en: 'How we check' },
  { name: 'hjalp-adobe', path: '/hjalp/adobe', sv: 'Varför säger Adobe eller webbläsaren något annat?' },
  { name: 'tillganglighet', path: '/tillganglighet', sv: 'Tillgänglighetsredogörelse', en: 'Accessibility statement' },
  { name: 'integritet', path: '/integritet', sv: 'Integritet', en: 'Privacy' },
  { name: 'sakerhet', path: '/sakerhet', sv: 'Säkerhet', en: 'Security' },
  { name: 'register', path: '/register', role: 'auditor', sv: 'Register' },
  { name: 'register-tomt', path: '/register?text=finnsinte', role: 'auditor', sv: 'Register' },
  { name: 'lagg-till', path: '/register/lagg-till', role: 'registrar', sv: 'Lägg till handlingar' },
  { name: 'handling-registrator', path: (world) => `/handling/${world.record.id}`, role: 'registrar', sv: 'Styrelsens protokoll' },
  { name: 'gallringsstopp-nytt', path: (world) => `/handling/${world.record.id}/gallringsstopp`, role: 'registrar', sv: 'Lägg till gallringsstopp' },
  { name: 'gallring', path: '/gallring', role: 'archivist', sv: 'Gallring och leverans', en: 'Disposal and delivery' },
  { name: 'stopp', path: '/gallring/stopp', role: 'archivist', sv: 'Gallringsstopp' },
  { name: 'regler', path: '/gallring/regler', role: 'archivist', sv: 'Regler' },
  { name: 'regler-ny', path: '/gallring/regler/ny', role: 'archivist', sv: 'Läs in regler' },
  { name: 'protokoll', path: '/gallring/protokoll', role: 'archivist', sv: 'Gallringsprotokoll' },
  { name: 'nycklar', path: '/installningar/nycklar', role: 'administrator', sv: 'Nycklar' },
  { name: 'granskning', path: '/installningar/granskning', role: 'auditor', sv: 'Granskning' },
  { name: 'drift', path: '/drift', role: 'administrator', sv: 'Drift' },
  { name: 'api', path: '/api', sv: 'Gränssnitt för program (API)' },
  { name: 'logga-in', path: '/logga-in', sv: 'Logga in' },
  { name: 'fel-ingen-fil', open: (page) => check(page, []), sv: 'Kontrollera en underskriven handling' },
  { name: 'finns-inte', path: '/finns-inte', sv: 'Sidan finns inte' },
];

/** Leads a person to a page. */
export async function visit(page, one, world) {
  if (one.open) return one.open(page, world);
  return page.goto(typeof one.path === 'function' ? one.path(world) : one.path);
}
