// Lists that the keyboard walks through: j and k (or the arrows) move, Enter opens, a click anywhere on a row opens it.
// A list is [data-rows]; each row is [data-row], opened by its data-href.
function rows() {
  return [...document.querySelectorAll('[data-rows] [data-row]')].filter(row => row.offsetParent !== null);
}

export function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex(row => row.contains(document.activeElement));
  const to = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
  focus(all, to);
}

export function edge(last) {
  const all = rows();
  if (all.length) focus(all, last ? all.length - 1 : 0);
}

export function here() {
  return document.activeElement?.closest?.('[data-row]') ?? null;
}

function focus(all, to) {
  for (const row of all) row.tabIndex = -1;
  all[to].tabIndex = 0;
  all[to].focus({ preventScroll: true });
  all[to].scrollIntoView({ block: 'nearest' });
}

function visit(row, event) {
  const href = row.dataset.href;
  if (!href) return;
  if (event.ctrlKey || event.metaKey || event.button === 1) window.open(href, '_blank', 'noopener');
  else window.location.assign(href);
}

const OWN = 'a, button, input, select, label, summary, details, dialog';

document.addEventListener('click', event => {
  const row = event.target.closest('[data-row][data-href]');
  if (row && !event.target.closest(OWN) && !String(window.getSelection())) visit(row, event);
});

document.addEventListener('keydown', event => {
  if (event.key === 'Enter' && event.target.matches?.('[data-row][data-href]')) visit(event.target, event);
});
