// Runs before the page is drawn, so that a chosen theme does not flash. Without a choice the system's theme holds.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('theme');
  } catch {
    // Storage may be forbidden; then the system's theme holds.
  }
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
  document.documentElement.classList.add('scripted');
})();
