// Parts that htmx replaces: keep the focus on the same row, and tell when the server no longer answers.
import { toast } from './toasts.js';

let focused = null;

document.addEventListener('htmx:beforeSwap', () => {
  focused = document.activeElement?.closest?.('[data-row]')?.dataset.row ?? null;
});

document.addEventListener('htmx:afterSwap', () => {
  if (focused) document.querySelector(`[data-row="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
});

document.addEventListener('htmx:responseError', event => {
  if (event.detail.xhr.status === 401) window.location.reload();
  else toast('The server could not do that. Reload the page and try again.', { kind: 'bad', id: 'live' });
});

document.addEventListener('htmx:sendError', () => toast('The server does not answer. This page shows how things were.', { kind: 'warn', id: 'live' }));

// A page that nobody looks at asks for nothing, and a menu or dialog that is open is not replaced under the hand.
document.addEventListener('htmx:beforeRequest', event => {
  const part = event.detail.elt;
  if (!part.getAttribute('hx-trigger')?.startsWith('every')) return;
  if (document.hidden || part.querySelector('details[open]') || document.querySelector('dialog[open]')) event.preventDefault();
});
