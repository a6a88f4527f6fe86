// The upload page: drop or choose, send, tell what became of each file, and follow the sessions that come of it.
import { fromDrop, fromInput } from './upload/pick.js';
import { Queue } from './upload/queue.js';
import { send } from './upload/send.js';
import { Show } from './upload/show.js';
import { toast } from './toasts.js';

const root = document.querySelector('[data-upload]');
if (root) begin(root);

function begin(root) {
  const drop = root.querySelector('.drop');
  const form = root.querySelector('form');
  let upload = null;
  let closing = false;

  for (const kind of ['dragenter', 'dragover']) {
    document.addEventListener(kind, event => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      drop.classList.add('over');
    });
  }
  document.addEventListener('dragleave', event => {
    if (!event.relatedTarget) drop.classList.remove('over');
  });
  document.addEventListener('drop', async event => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    drop.classList.remove('over');
    take(await fromDrop(event.dataTransfer));
  });
  for (const input of root.querySelectorAll('input[type="file"]')) {
    input.addEventListener('change', () => {
      take(fromInput(input.files));
      input.value = '';
    });
  }
  root.addEventListener('click', event => {
    const chooser = event.target.closest('[data-choose]');
    if (chooser) root.querySelector(`input[data-for="${chooser.dataset.choose}"]`).click();
    const act = event.target.closest('[data-part]')?.dataset.part;
    if (upload && ['pause', 'resume', 'retry'].includes(act)) upload.queue[act]();
  });
  window.addEventListener('beforeunload', event => {
    if (upload && !upload.queue.over) event.preventDefault();
  });

  async function take(picked) {
    if (!form.reportValidity()) return;
    if (!picked.length) return void toast('There are no files in what you dropped.', { kind: 'warn' });
    try {
      upload ??= await start();
    } catch (error) {
      return void toast(error.message, { kind: 'bad' });
    }
    closing = false;
    drop.classList.add('small');
    upload.queue.add(picked);
  }

  async function start() {
    const { url } = await send('POST', root.dataset.upload, { body: new FormData(form) });
    for (const field of form.elements) if (field.name) field.disabled = true; // one upload has one destination
    const queue = new Queue(url, () => {
      show.soon();
      if (queue.over && queue.items.length && !closing) finish(url, queue);
    });
    const show = new Show(root, queue);
    root.querySelector('[data-part="panel"]').hidden = false;
    return { url, queue };
  }

  // All files have their outcome: tell the server, then show what it makes of them until that has settled.
  async function finish(url, queue) {
    closing = true;
    const sessions = root.querySelector('[data-part="sessions"]');
    try {
      await send('POST', `${url}/finish`);
      for (;;) {
        const answer = await fetch(`${url}/sessions`, { headers: { Accept: 'text/html' }, credentials: 'same-origin' });
        if (!answer.ok) throw new Error('What became of the sessions could not be asked for. They are listed in the prearchive.');
        sessions.innerHTML = await answer.text();
        sessions.hidden = !sessions.textContent.trim();
        if (answer.headers.get('X-Settled') === 'yes' || !closing || !queue.over) break;
        await new Promise(done => setTimeout(done, 1500));
      }
    } catch (error) {
      toast(error.message, { kind: 'warn' });
    }
  }
}
