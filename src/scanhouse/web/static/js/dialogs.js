// Buttons with data-dialog="id" open that <dialog>; the browser does the focus, the backdrop and Escape.
export function open(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

document.addEventListener('click', event => {
  const opener = event.target.closest('[data-dialog]');
  if (opener) {
    opener.closest('details.menu')?.removeAttribute('open');
    open(opener.dataset.dialog);
    return;
  }
  const dialog = event.target.closest('dialog');
  // A click on the backdrop has the dialog itself as its target and lies outside its box.
  if (dialog && (event.target.closest('[data-close]') || (event.target === dialog && outside(dialog, event)))) dialog.close();
});

function outside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

// A deletion that asks for a name to be typed: its button opens when the name is right.
document.addEventListener('input', event => {
  const wanted = event.target.dataset?.confirm;
  if (wanted === undefined) return;
  const button = event.target.form.querySelector('[type="submit"]');
  button.disabled = event.target.value.trim() !== wanted;
});

for (const dialog of document.querySelectorAll('dialog[data-open]')) dialog.showModal();
