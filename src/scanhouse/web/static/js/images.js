// Thumbnails that are not to be had show an icon; the grid and the list of scans are one list, and the choice is kept.
const KEY = 'scans-view';

function missing(image) {
  image.classList.add('missing');
}

document.addEventListener('error', event => event.target.matches?.('.film img') && missing(event.target), true);
for (const image of document.querySelectorAll('.film img')) if (image.complete && !image.naturalWidth && image.loading !== 'lazy') missing(image);

function show(view) {
  for (const list of document.querySelectorAll('[data-view]')) list.dataset.view = view;
  for (const button of document.querySelectorAll('[data-set-view]')) button.setAttribute('aria-pressed', String(button.dataset.setView === view));
}

function kept() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

document.addEventListener('click', event => {
  const button = event.target.closest('[data-set-view]');
  if (!button) return;
  show(button.dataset.setView);
  try {
    localStorage.setItem(KEY, button.dataset.setView);
  } catch {
    // It holds for this page.
  }
});

if (document.querySelector('[data-view]')) show(kept() === 'list' ? 'list' : 'grid');
