// One request with true progress. XMLHttpRequest, since fetch does not tell how much has been sent.

export class Refused extends Error {} // sending it again will not help
export class Stopped extends Error {} // paused or cancelled by the person

const TRIES = 6;
const LONGEST_WAIT = 30;

export async function send(method, url, { body = null, headers = {}, progress = () => {}, signal = null } = {}) {
  for (let tried = 1; ; tried += 1) {
    const answer = await once(method, url, { body, headers, progress, signal });
    if (answer.status >= 200 && answer.status < 300) return answer.json;
    const again = answer.status === 0 || answer.status === 429 || answer.status >= 500;
    if (!again || tried === TRIES) throw again ? new Error(answer.why) : Object.assign(new Refused(answer.why), { status: answer.status, answer: answer.json });
    await pause(Math.min(answer.after || 2 ** (tried - 1), LONGEST_WAIT), signal);
  }
}

function once(method, url, { body, headers, progress, signal }) {
  return new Promise((done, stop) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    if (signal?.aborted) return stop(new Stopped());
    signal?.addEventListener('abort', abort, { once: true });
    request.open(method, url);
    request.setRequestHeader('X-CSRF-Token', document.querySelector('meta[name="csrf"]')?.content ?? '');
    request.setRequestHeader('Accept', 'application/json');
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = event => progress(event.loaded);
    request.onabort = () => stop(new Stopped());
    request.onloadend = () => {
      signal?.removeEventListener('abort', abort);
      const json = parsed(request.responseText);
      done({ status: request.status, json, why: json?.error || reason(request.status), after: Number(request.getResponseHeader('Retry-After')) });
    };
    request.send(body);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function reason(status) {
  if (status === 0) return 'The server could not be reached.';
  if (status === 401 || status === 403) return 'You are signed out, or may not upload here. Sign in again and drop the files once more.';
  if (status === 413) return 'This is larger than the server takes.';
  return `The server answered ${status}.`;
}

function pause(seconds, signal) {
  return new Promise((done, stop) => {
    const timer = setTimeout(done, seconds * 1000);
    signal?.addEventListener('abort', () => (clearTimeout(timer), stop(new Stopped())), { once: true });
  });
}
