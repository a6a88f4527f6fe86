// Short messages at the corner. Messages of the server stand in the page as .toast and are only given their timers here.
const SECONDS = { good: 5, info: 5, warn: 9, bad: 0 };

function box() {
  return document.querySelector('.toasts');
}

export function toast(text, { kind = 'info', seconds = SECONDS[kind], id = '' } = {}) {
  const holder = box();
  if (!holder) return;
  if (id) holder.querySelector(`[data-toast="${id}"]`)?.remove();
  const item = document.createElement('div');
  item.className = `toast toast-${kind}`;
  if (id) item.dataset.toast = id;
  const words = document.createElement('span');
  words.textContent = text;
  const close = document.querySelector('#toast-close').content.cloneNode(true);
  item.append(words, close);
  holder.append(item);
  expire(item, seconds);
}

export function adopt() {
  for (const item of box()?.querySelectorAll('.toast') ?? []) {
    const kind = [...item.classList].find(name => name.startsWith('toast-'))?.slice(6) ?? 'info';
    expire(item, SECONDS[kind] ?? 5);
  }
}

// A message that tells of a mistake stays until it is closed; no message goes while it is pointed at or has the focus.
function expire(item, seconds) {
  if (!seconds) return;
  let timer = setTimeout(() => item.remove(), seconds * 1000);
  const hold = () => clearTimeout(timer);
  const go = () => {
    clearTimeout(timer);
    timer = setTimeout(() => item.remove(), seconds * 1000);
  };
  item.addEventListener('mouseenter', hold);
  item.addEventListener('focusin', hold);
  item.addEventListener('mouseleave', go);
  item.addEventListener('focusout', go);
}

document.addEventListener('click', event => event.target.closest('.toast [data-close]')?.closest('.toast').remove());
