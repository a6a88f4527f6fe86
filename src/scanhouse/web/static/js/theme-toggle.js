// The theme button: system, light, dark, and round again. The choice is kept in this browser.
import { toast } from './toasts.js';

const ORDER = ['auto', 'light', 'dark'];
const NAMES = { auto: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' };

export function current() {
  return document.documentElement.dataset.theme || 'auto';
}

export function choose(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem('theme', theme);
  } catch {
    // Not kept, but it holds for this page.
  }
  show();
}

export function next() {
  const theme = ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length];
  choose(theme);
  toast(NAMES[theme], { seconds: 1.5, id: 'theme' });
}

function show() {
  for (const button of document.querySelectorAll('[data-theme-toggle]')) {
    for (const icon of button.querySelectorAll('[data-for-theme]')) icon.toggleAttribute('hidden', icon.dataset.forTheme !== current());
    button.title = NAMES[current()];
  }
}

document.addEventListener('click', event => {
  if (event.target.closest('[data-theme-toggle]')) next();
});
show();
