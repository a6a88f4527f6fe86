// What is to be sent, three requests at a time. Small files go in batches; large files and archives go in pieces that can be
// paused and go on where they were, also after the page was closed.
//
// The server's side, below the address of one upload:
//   POST  batch      a tar            -> {files: [{outcome, why}]}, one per member in order
//   POST  files      {name, size, modified} -> {url, offset}: where to go on
//   PATCH files/n    a piece, with Upload-Offset -> {offset}; 409 with {offset} when the server is elsewhere
//   GET   files/n    -> {state, counts, why, refused: [{name, why}]} while it is read; the state `failed` is a fault of the server's:
//                       the bytes are still there, and asking for the file once more has them read again
import { pack } from './tar.js';
import { Refused, Stopped, send } from './send.js';

const AT_ONCE = 3;
const BATCH_BYTES = 8 << 20;
const BATCH_FILES = 64;
const PIECE_BYTES = 8 << 20;
const LARGE_BYTES = 32 << 20;
const ARCHIVE = /\.(zip|tar|tgz|tar\.gz)$/i;
const POLL_SECONDS = 0.7;

export class Queue {
  constructor(url, changed) {
    this.url = url;
    this.changed = changed;
    this.items = [];
    this.running = 0;
    this.paused = false;
    this.aborts = new Set();
  }

  add(picked) {
    for (const { path, file } of picked) {
      const whole = ARCHIVE.test(file.name) || file.size > LARGE_BYTES;
      this.items.push({ path, file, size: file.size, whole, state: 'waiting', sent: 0, why: '', counts: null, refused: [] });
    }
    this.pump();
  }

  pause() {
    this.paused = true;
    for (const abort of this.aborts) abort.abort();
    this.changed();
  }

  resume() {
    this.paused = false;
    for (const item of this.items) if (item.state === 'paused' && !item.held) item.state = 'waiting';
    this.pump();
  }

  hold(item) {
    item.held = true;
    if (item.state === 'waiting') item.state = 'paused';
    item.abort?.abort();
    this.changed();
  }

  release(item) {
    item.held = false;
    item.state = 'waiting';
    item.why = '';
    this.pump();
  }

  retry() {
    for (const item of this.items) if (item.state === 'failed') Object.assign(item, { state: 'waiting', why: '', sent: item.whole ? item.sent : 0 });
    this.pump();
  }

  get over() {
    return this.items.every(item => !['waiting', 'sending', 'reading', 'paused'].includes(item.state));
  }

  pump() {
    while (!this.paused && this.running < AT_ONCE) {
      const work = this.next();
      if (!work) break;
      this.running += 1;
      work().finally(() => {
        this.running -= 1;
        this.pump();
      });
    }
    this.changed();
  }

  next() {
    const first = this.items.find(item => item.state === 'waiting');
    if (!first) return null;
    if (first.whole) {
      first.state = 'sending';
      return () => this.guard([first], signal => this.pieces(first, signal));
    }
    const batch = [];
    let bytes = 0;
    for (const item of this.items) {
      if (item.state !== 'waiting' || item.whole) continue;
      if (batch.length && (bytes + item.size > BATCH_BYTES || batch.length === BATCH_FILES)) break;
      item.state = 'sending';
      batch.push(item);
      bytes += item.size;
    }
    return () => this.guard(batch, signal => this.batch(batch, signal));
  }

  // Runs one piece of work; what it could not finish is told on each of its items.
  async guard(items, work) {
    const abort = new AbortController();
    this.aborts.add(abort);
    for (const item of items) item.abort = abort;
    try {
      await work(abort.signal);
    } catch (error) {
      const state = error instanceof Stopped ? 'paused' : error instanceof Refused ? 'refused' : 'failed';
      for (const item of items) if (item.state === 'sending' || item.state === 'reading') Object.assign(item, { state, why: state === 'paused' ? '' : error.message });
      if (state === 'paused') for (const item of items) if (!item.whole) item.sent = 0;
      if (state === 'paused' && !this.paused) for (const item of items) if (!item.held) item.state = 'waiting';
    } finally {
      this.aborts.delete(abort);
      this.changed();
    }
  }

  async batch(items, signal) {
    const { blob, ends } = pack(items);
    const progress = loaded => {
      items.forEach((item, number) => {
        item.sent = Math.max(0, Math.min(item.size, item.size - (ends[number] - loaded)));
      });
      this.changed();
    };
    const answer = await send('POST', `${this.url}/batch`, { body: blob, headers: { 'Content-Type': 'application/x-tar' }, progress, signal });
    items.forEach((item, number) => {
      const { outcome, why } = answer.files[number] ?? { outcome: 'failed', why: 'The server did not say what became of it.' };
      Object.assign(item, { state: outcome, why: why ?? '', sent: item.size });
    });
  }

  async pieces(item, signal) {
    const { file } = item;
    const about = JSON.stringify({ name: item.path, size: file.size, modified: file.lastModified });
    const begun = await send('POST', `${this.url}/files`, { body: about, headers: { 'Content-Type': 'application/json' }, signal });
    item.sent = begun.offset;
    while (item.sent < file.size) {
      const start = item.sent;
      const piece = file.slice(start, start + PIECE_BYTES);
      const headers = { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(start) };
      const progress = loaded => {
        item.sent = Math.min(start + loaded, file.size);
        this.changed();
      };
      try {
        item.sent = (await send('PATCH', begun.url, { body: piece, headers, progress, signal })).offset;
      } catch (error) {
        // A piece that broke off may have arrived in part: go on where the server is.
        if (error.status !== 409 || !Number.isInteger(error.answer?.offset)) throw error;
        item.sent = error.answer.offset;
      }
    }
    item.state = 'reading';
    await this.follow(item, begun.url, signal);
  }

  async follow(item, url, signal) {
    for (;;) {
      const seen = await send('GET', url, { signal });
      Object.assign(item, { counts: seen.counts ?? null, refused: seen.refused ?? [], why: seen.why ?? '' });
      if (seen.state === 'done') item.state = 'stored';
      if (seen.state === 'refused' || seen.state === 'failed') item.state = seen.state;
      this.changed();
      if (item.state !== 'reading') return;
      await new Promise(done => setTimeout(done, POLL_SECONDS * 1000));
    }
  }
}
