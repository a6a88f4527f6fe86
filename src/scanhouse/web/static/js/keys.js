// Single keys, off while something is typed. They are listed in the help dialog (parts/help.html).
import { open } from './dialogs.js';
import { edge, here, step } from './rows.js';
import { next } from './theme-toggle.js';

const GO = { h: '/', p: '/projects', a: '/prearchive', u: '/upload', s: '/settings' };
let waiting = false;

// Each answers false when there was nothing to do, so that the key keeps its meaning for the browser.
const KEYS = {
  '?': () => open('help'),
  '/': () => focus('[data-search]'),
  f: () => focus('[data-filter]'),
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => (here() ? step(1) : false),
  ArrowUp: () => (here() ? step(-1) : false),
  Home: () => (here() ? edge(false) : false),
  End: () => (here() ? edge(true) : false),
  g: () => wait(),
  t: () => next(),
  u: () => click('.crumbs li:nth-last-child(2) a'),
  v: () => press('view'),
  d: () => press('download'),
  n: () => press('new'),
};

function click(selector, within = document) {
  const target = within.querySelector(selector);
  if (!target) return false;
  target.click();
  return true;
}

function focus(selector) {
  const target = document.querySelector(selector);
  if (!target) return false;
  target.focus();
  target.select?.();
  return true;
}

// A key acts on the row that has the focus when that row offers the action, else on the page.
function press(action) {
  const row = here();
  return (row && click(`[data-key="${action}"]`, row)) || click(`[data-key="${action}"]:not([data-row] *)`);
}

function wait() {
  waiting = true;
  setTimeout(() => {
    waiting = false;
  }, 1200);
}

function typing(target) {
  return target.isContentEditable || target.matches?.('input:not([type="checkbox"], [type="radio"]), textarea, select');
}

document.addEventListener('keydown', event => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target)) {
    if (event.key === 'Escape') event.target.blur();
    return;
  }
  if (document.querySelector('dialog[open]')) return;
  if (waiting && Object.hasOwn(GO, event.key)) {
    waiting = false;
    event.preventDefault();
    window.location.assign(GO[event.key]);
  } else if (Object.hasOwn(KEYS, event.key) && KEYS[event.key]() !== false) event.preventDefault();
});
