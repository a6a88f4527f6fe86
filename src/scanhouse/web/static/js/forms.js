// Forms: show a password, copy a value, send a form once, send a select as soon as it changes.
import { toast } from './toasts.js';

document.addEventListener('click', async event => {
  const reveal = event.target.closest('[data-reveal]');
  if (reveal) {
    const input = reveal.parentElement.querySelector('input');
    const shown = input.type === 'text';
    input.type = shown ? 'password' : 'text';
    reveal.setAttribute('aria-pressed', String(!shown));
    input.focus();
  }
  const copy = event.target.closest('[data-copy]');
  if (copy) {
    try {
      await navigator.clipboard.writeText(copy.dataset.copy);
      toast('Copied.', { kind: 'good', seconds: 2, id: 'copy' });
    } catch {
      toast('The browser does not allow copying here. Select the text instead.', { kind: 'warn' });
    }
  }
});

document.addEventListener('submit', event => {
  const form = event.target;
  if (event.defaultPrevented || form.method === 'dialog') return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = '1';
  form.querySelector('button[type="submit"]')?.setAttribute('aria-disabled', 'true');
});

// Coming back with the browser's own button finds the form as it was left: it may be sent again.
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent;
    form.querySelector('button[type="submit"]')?.removeAttribute('aria-disabled');
  }
});

document.addEventListener('change', event => {
  if (event.target.matches('select[data-send]')) event.target.form.requestSubmit();
});
