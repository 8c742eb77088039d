// What makes the pages quicker to use, and nothing they need: without this file every page works. No other script is let in
// by our policy (script-src 'self').
'use strict';

const english = document.documentElement.lang === 'en';
const say = (sv, en) => (english ? en : sv);
const status = document.querySelector('[data-progress]');
const tell = (text) => { if (status) status.textContent = text; };

// Buttons that only a script can serve are shown only where one runs.
for (const one of document.querySelectorAll('[data-script]')) one.hidden = false;

document.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-do]');
  if (!button) return;
  if (button.dataset.do === 'print') print();
  // The page leaves the history, so that whoever sits down next cannot go back to it.
  if (button.dataset.do === 'clear') location.replace(button.dataset.to);
  if (button.dataset.do === 'copy') {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.of).textContent.trim());
    const before = button.textContent;
    button.textContent = say('Kopierat', 'Copied');
    setTimeout(() => { button.textContent = before; }, 2000);
  }
});

// Files may be dropped on the field; the field itself stays what it is.
const field = document.querySelector('input[type=file][data-drop]');
if (field) {
  const zone = field.closest('form');
  for (const kind of ['dragenter', 'dragover']) {
    zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add('over'); });
  }
  for (const kind of ['dragleave', 'drop']) zone.addEventListener(kind, () => zone.classList.remove('over'));
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event('change'));
  });
  field.addEventListener('change', () => {
    const [first, ...more] = field.files;
    if (first) tell(more.length ? `${more.length + 1} ${say('filer valda', 'files chosen')}` : `${first.name} ${say('vald', 'chosen')}`);
  });
}

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

// "Only the checksum": the file is read here, and what leaves is 64 digits.
const checking = document.querySelector('form[data-check]');
checking?.addEventListener('submit', async (event) => {
  if (checking.querySelector('[name=hur]:checked')?.value !== 'kontrollsumma') {
    tell(say('Kontrollerar …', 'Checking …'));
    return;
  }
  if (!field.files.length) return; // The answer says that a file is to be chosen.
  event.preventDefault();
  tell(say('Räknar ut kontrollsumman …', 'Computing the checksum …'));
  const sum = hex(await crypto.subtle.digest('SHA-256', await field.files[0].arrayBuffer()));
  const to = new URL(checking.dataset.lookUp, location.href);
  to.searchParams.set('q', sum);
  location.assign(to);
});
// Coming back by the browser's own button, nothing is under way.
addEventListener('pageshow', () => tell(''));

// After an answer the screen reader starts at the answer, not at the top of the page.
const heading = document.querySelector('.errors, [data-answer] h1, h1[data-answer]');
if (heading) {
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
