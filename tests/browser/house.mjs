// What every walk stands on: the service's address, a browser, axe, and the questions asked of every page.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const installed = createRequire(path.join(process.env.TEST_BROWSER_HOME, 'package.json'));
const { chromium } = installed('playwright-core');
const AXE = readFileSync(installed.resolve('axe-core/axe.min.js'), 'utf8');

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const address = process.env.TEST_ADDRESS;
export const tokens = JSON.parse(process.env.TEST_TOKENS ?? '{}');
export const shots = path.join(process.env.TEST_BROWSER_HOME, 'screenshots');
mkdirSync(shots, { recursive: true });

/** A file among the samples. */
export const sample = (name) => path.join(root, 'fixtures/minutes', name);
/** What somebody takes by mistake. */
export const PICTURE = { name: 'bild.png', mimeType: 'image/png', buffer: Buffer.from([137, 80, 78, 71, 13, 10, 26, 10, 0, 1, 2]) };
export const SIGNED = sample('styrelseprotokoll-b-lt.pdf');

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file));

export async function browser() {
  // No sandbox: in a container the tests run as root, and only our own pages are opened.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** A person at a window of their own: how wide, how lit, in which language, with which role, with JavaScript or not. */
export async function person(open, { width = 1280, dark = false, role = null, script = true, lang = 'sv-SE' } = {}) {
  const context = await open.newContext({
    viewport: { width, height: 900 },
    colorScheme: dark ? 'dark' : 'light',
    javaScriptEnabled: script,
    reducedMotion: 'reduce',
    locale: lang,
    baseURL: address,
    extraHTTPHeaders: role ? { authorization: `Bearer ${tokens[role]}` } : {},
  });
  // A machine that tests in a sandbox is ten times slower than a desk; only what never comes is a fault.
  context.setDefaultTimeout(180_000);
  const page = await context.newPage();
  page.complaints = [];
  // A page that our own policy refuses something, or whose script fails, is broken though it may look well.
  page.on('pageerror', (error) => page.complaints.push(`script: ${error.message}`));
  page.on('console', (line) => {
    const refused = /Failed to load resource/.test(line.text());
    if (line.type() === 'error' && !refused) page.complaints.push(`console: ${line.text()}`);
  });
  return page;
}

/** Does what leads to another page (or another place in this one), and goes on when it is there. */
export async function follow(page, act) {
  await Promise.all([page.waitForNavigation(), act()]);
}

/** Asks the interface as a program would, with a role. */
export async function ask(role, method, to, body, headers = {}) {
  const own = role ? { authorization: `Bearer ${tokens[role]}` } : {};
  return fetch(address + to, { method, body, headers: { ...own, ...headers }, redirect: 'manual' });
}

/** Registers a sample; gives the record. One that is there already is found again. */
export async function register(name, query) {
  const answer = await ask('registrar', 'POST', `/api/v1/records?${query}`, readFileSync(sample(name)));
  assert.ok([200, 201].includes(answer.status), `${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

/** The automatic rules that a page has to pass; `best-practice` with them, since all pages do. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];

export async function accessible(page, what) {
  await page.evaluate(AXE);
  const found = await page.evaluate((tags) => axe.run(document, { runOnly: { type: 'tag', values: tags } }), RULES);
  const told = found.violations.map((one) => {
    const nodes = one.nodes.slice(0, 4).map((node) => `    ${node.target}: ${node.failureSummary?.split('\n').at(-1).trim()}`);
    return `  ${one.id} (${one.impact}): ${one.help}\n${nodes.join('\n')}`;
  });
  assert.equal(told.length, 0, `${what}: axe\n${told.join('\n')}`);
  assert.ok(found.passes.length > 10, `${what}: axe looked at the page`);
}

/** Nothing makes the page scroll sideways; tables scroll within themselves. */
export async function fits(page, what) {
  const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  const out = await page.evaluate(() => [...document.querySelectorAll('main *')]
    .filter((one) => !one.closest('.scroll, pre, .hidden, svg') && one.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map((one) => `${one.tagName}.${one.className}`));
  assert.ok(wide <= window, `${what}: ${wide} px in a window of ${window}: ${out}`);
}

/** What stands on every page, as a screen reader meets it. */
export async function whole(page, what, lang = 'sv') {
  assert.equal(await page.locator('h1').count(), 1, `${what}: one heading`);
  assert.equal(await page.getAttribute('html', 'lang'), lang, what);
  assert.match(await page.title(), / – sigill$/, what);
  const levels = await page.$$eval('h1,h2,h3,h4', (all) => all.map((one) => Number(one.tagName[1])));
  levels.reduce((before, level) => (assert.ok(level <= before + 1, `${what}: headings ${levels}`), level), 0);
  assert.deepEqual(page.complaints, [], what);
}

/** A picture of the whole page, for whoever asks to look at them: `TEST_SHOTS=1`. */
export async function shot(page, name) {
  if (process.env.TEST_SHOTS) await page.screenshot({ path: path.join(shots, `${name}.png`), fullPage: true });
}

/** How many pages a printout has. */
export async function printed(page, name) {
  const pdf = await page.pdf({ path: path.join(shots, `${name}.pdf`), format: 'A4', preferCSSPageSize: true });
  return pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g).length;
}

/** Hands files in on the first page. */
export async function check(page, files) {
  await page.goto('/');
  // Either all are on disk or none is.
  const given = (one) => (typeof one === 'string' ? { name: path.basename(one), mimeType: 'application/pdf', buffer: readFileSync(one) } : one);
  await page.setInputFiles('#fil', files.map(given));
  await page.click('main form button[type=submit]');
  await page.waitForSelector('[data-answer], .errors');
}

export { assert };
