// The upload in words and bars. Redrawn at most five times a second, whatever the number of files.
const SHOWN = 200;

const WORDS = {
  waiting: ['Waiting', ''],
  sending: ['Sending', 'busy'],
  reading: ['Being read', 'busy'],
  paused: ['Paused', ''],
  stored: ['Stored', 'good'],
  known: ['Already here', 'info'],
  ignored: ['Not DICOM', ''],
  refused: ['Refused', 'bad'],
  failed: ['Not stored yet', 'warn'],
};
const RANK = { failed: 0, refused: 1, sending: 2, reading: 2, paused: 3, waiting: 4, ignored: 5, stored: 6, known: 7 };

export class Show {
  constructor(root, queue) {
    this.root = root;
    this.queue = queue;
    this.filter = '';
    this.rows = new Map();
    this.speed = [];
    this.part = name => root.querySelector(`[data-part="${name}"]`);
    this.part('outcomes').addEventListener('click', event => {
      const chip = event.target.closest('button');
      if (chip) this.filter = this.filter === chip.dataset.state ? '' : chip.dataset.state;
      this.draw();
    });
  }

  soon() {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.draw();
    }, 200);
  }

  draw() {
    const { items } = this.queue;
    const total = sum(items, item => item.size);
    const sent = sum(items, item => (item.state === 'waiting' && !item.whole ? 0 : Math.min(item.sent, item.size)));
    const bar = this.part('bar');
    bar.max = total || 1;
    bar.value = sent;
    bar.classList.toggle('good', this.queue.over);
    this.part('title').textContent = this.title(items, total, sent);
    this.part('detail').textContent = this.detail(total, sent);
    this.part('pause').hidden = this.queue.over || this.queue.paused;
    this.part('resume').hidden = this.queue.over || !this.queue.paused;
    this.part('retry').hidden = !items.some(item => item.state === 'failed');
    this.chips(items);
    this.list(items);
  }

  title(items, total, sent) {
    const finished = items.filter(item => RANK[item.state] >= 5 || item.state === 'refused' || item.state === 'failed').length;
    if (this.queue.over) return `${count(finished, 'file')} done`;
    if (this.queue.paused) return `Paused at ${percent(sent, total)}`;
    if (total && sent >= total) return 'All sent. The server reads the last files';
    return `${finished} of ${count(items.length, 'file')} · ${percent(sent, total)}`;
  }

  detail(total, sent) {
    const now = performance.now();
    this.speed.push([now, sent]);
    while (this.speed.length > 2 && now - this.speed[0][0] > 4000) this.speed.shift();
    const [then, before] = this.speed[0];
    const rate = now > then ? ((sent - before) * 1000) / (now - then) : 0;
    const words = [`${bytes(sent)} of ${bytes(total)}`];
    if (!this.queue.over && !this.queue.paused && rate > 1 && sent < total) words.push(`${bytes(rate)}/s`, left((total - sent) / rate));
    return words.join(' · ');
  }

  chips(items) {
    const tally = new Map();
    for (const item of items) tally.set(item.state, (tally.get(item.state) ?? 0) + 1);
    const box = this.part('outcomes');
    for (const state of Object.keys(WORDS)) {
      let chip = box.querySelector(`[data-state="${state}"]`);
      if (!tally.has(state)) {
        chip?.remove();
        if (this.filter === state) this.filter = '';
        continue;
      }
      if (!chip) {
        chip = box.appendChild(document.createElement('button'));
        chip.type = 'button';
        chip.dataset.state = state;
        chip.append(document.createElement('strong'), ` ${WORDS[state][0]}`);
      }
      chip.firstChild.textContent = tally.get(state);
      chip.setAttribute('aria-pressed', String(this.filter === state));
    }
  }

  list(items) {
    let wanted = this.filter ? items.filter(item => item.state === this.filter) : items;
    if (wanted.length > SHOWN) wanted = [...wanted].sort((a, b) => RANK[a.state] - RANK[b.state]);
    const shown = wanted.slice(0, SHOWN);
    const list = this.part('list');
    const keep = new Set(shown);
    for (const [item, row] of this.rows) if (!keep.has(item)) (row.remove(), this.rows.delete(item));
    shown.forEach((item, at) => {
      const row = this.rows.get(item) ?? this.row(item);
      this.refresh(row, item);
      if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null);
    });
    this.part('more').hidden = wanted.length <= SHOWN;
    this.part('more').textContent = `and ${wanted.length - SHOWN} more`;
  }

  row(item) {
    const row = this.root.querySelector('template').content.firstElementChild.cloneNode(true);
    const cut = item.path.lastIndexOf('/') + 1;
    row.querySelector('.folder').textContent = item.path.slice(0, cut);
    row.querySelector('.leaf').textContent = item.path.slice(cut);
    row.querySelector('.name').title = item.path;
    row.querySelector('[data-hold]').addEventListener('click', () => this.queue.hold(item));
    row.querySelector('[data-release]').addEventListener('click', () => this.queue.release(item));
    this.rows.set(item, row);
    return row;
  }

  refresh(row, item) {
    const [word, kind] = WORDS[item.state];
    const drawn = `${item.state} ${item.sent} ${item.why} ${JSON.stringify(item.counts)}`;
    if (row.dataset.drawn === drawn) return;
    row.dataset.drawn = drawn;
    const badge = row.querySelector('.badge');
    badge.textContent = word;
    badge.className = `badge ${kind ? `badge-${kind}` : ''}`;
    const bar = row.querySelector('progress');
    bar.max = item.size || 1;
    bar.value = item.sent;
    bar.classList.toggle('good', item.state === 'stored' || item.state === 'known');
    row.querySelector('.size').textContent = bytes(item.size);
    const why = row.querySelector('.why');
    why.textContent = [tallied(item.counts), item.why, ...item.refused.map(file => `${file.name}: ${file.why}`)].filter(Boolean).join(' ');
    why.hidden = !why.textContent;
    why.classList.toggle('bad-why', item.state === 'refused' || item.state === 'failed');
    row.querySelector('[data-hold]').hidden = !(item.whole && ['sending', 'waiting'].includes(item.state));
    row.querySelector('[data-release]').hidden = !(item.whole && item.state === 'paused');
  }
}

function tallied(counts) {
  if (!counts) return '';
  const words = { stored: 'stored', known: 'already here', ignored: 'not DICOM', refused: 'refused' };
  return Object.keys(words).filter(key => counts[key]).map(key => `${counts[key]} ${words[key]}`).join(', ');
}

function sum(items, of) {
  return items.reduce((total, item) => total + of(item), 0);
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function percent(part, whole) {
  return `${Math.floor((100 * part) / (whole || 1))} %`;
}

export function bytes(number) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = number < 1000 ? 0 : Math.min(Math.floor(Math.log10(number) / 3), units.length - 1);
  const value = number / 1000 ** step;
  return `${value.toFixed(step === 0 || value >= 100 ? 0 : 1)} ${units[step]}`;
}

function left(seconds) {
  if (seconds < 5) return 'a few seconds left';
  if (seconds < 90) return `${Math.round(seconds)} s left`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min left`;
  return `${(seconds / 3600).toFixed(1)} h left`;
}
