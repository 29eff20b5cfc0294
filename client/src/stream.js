import { parseFrame } from './frame.js';
import { retryAfter } from './retry.js';
import { EventParser } from './sse.js';

/** The gateway's ping interval and time-out: a stream that says nothing for longer is dead. */
const SILENCE = 50_000;
/** A timer that fires this late has slept with the machine. */
const LATE = 5_000;
/** Of a POST: characters, at most three bytes each, and frames. The gateway takes 64 KiB. */
const BATCH = 16_384;
const BATCH_FRAMES = 50;
/** How the gateway closes a WebSocket for the same reason. */
const CLOSE_CODES = { 401: 4401, 403: 4403, 429: 4429 };
const LOST = 1006;

/**
 * The event stream as a carrier (carriers.js): frames come as events of one long
 * response and go by POST, one at a time and in order, in an array of all that wait.
 * It reads the response of `fetch`, since an EventSource cannot send the token in a
 * header.
 *
 * A frame that could not be sent ends the stream, as a lost WebSocket would: nobody
 * knows whether the gateway has it.
 */
export class Stream {
  #options;
  #parser = new EventParser((data, id) => this.#event(data, id));
  #ended = new AbortController();
  #session;
  #silence;
  #queue = [];
  #posting = false;
  /** The id of the last event. */
  #last;
  /** For each frame that waits to be confirmed, in their order, the id of the event before it. */
  #unconfirmed = new Map();

  constructor({ url, hello, lastEventId, fetch = globalThis.fetch, ...hooks }) {
    this.#options = { url, fetch, token: hello.token, ...hooks };
    this.#last = lastEventId;
    this.#listen(hello);
  }

  /** What the next stream may confirm: the event before the first that is not confirmed. */
  get lastEventId() {
    return this.#unconfirmed.size ? this.#unconfirmed.values().next().value : this.#last;
  }

  send(text, { event, data, ack }) {
    if (!this.#session) return false;
    // The token of the session may have expired before the next POST.
    if (event === 'auth:refresh') this.#options.token = data.token;
    this.#unconfirmed.delete(ack);
    this.#queue.push(text);
    if (!this.#posting) this.#post();
    return true;
  }

  close() {
    clearTimeout(this.#silence);
    this.#session = undefined;
    this.#ended.abort();
  }

  async #listen({ subscribe, seen }) {
    const address = new URL(this.#options.url);
    if (subscribe === false) address.searchParams.set('auto_subscribe', 'no');
    if (seen) address.searchParams.set('seen', 'yes');
    const headers = { accept: 'text/event-stream' };
    if (this.#last) headers['last-event-id'] = this.#last;
    this.#watch();
    try {
      const response = await this.#fetch(address, { headers });
      if (!isEventStream(response)) return this.#end(await refusal(response));
      await this.#read(response.body.getReader());
      this.#end({ code: LOST, reason: 'The event stream ended' });
    } catch ({ message }) {
      this.#end({ code: LOST, reason: `The event stream was lost: ${message}` });
    }
  }

  async #read(reader) {
    for (let chunk; !(chunk = await reader.read()).done; ) {
      this.#watch();
      this.#parser.push(chunk.value);
    }
  }

  #event(text, id) {
    const frame = parseFrame(text);
    if (!frame) return;
    if (frame.event === 'connected') this.#session = frame.data?.session;
    if (frame.id !== undefined) this.#unconfirmed.set(frame.id, this.#last);
    this.#last = id;
    this.#receive(frame, text.length);
  }

  /** All that is sent in one turn of the page goes together. */
  async #post() {
    this.#posting = true;
    await null;
    try {
      while (this.#queue.length && this.#session) await this.#postBatch();
    } catch ({ message }) {
      this.#end({ code: LOST, reason: `A frame could not be sent: ${message}` });
    }
    this.#posting = false;
  }

  async #postBatch() {
    const address = new URL(this.#options.url);
    address.searchParams.set('session', this.#session);
    const headers = { 'content-type': 'application/json' };
    const response = await this.#fetch(address, { method: 'POST', headers, body: `[${this.#batch()}]` });
    if (!response.ok) return this.#end(await refusal(response));
    for (const frame of await response.json()) this.#receive(frame, JSON.stringify(frame).length);
  }

  #batch() {
    let [count, size] = [0, 0];
    do size += this.#queue[count++].length;
    while (count < Math.min(this.#queue.length, BATCH_FRAMES) && size + this.#queue[count].length < BATCH);
    return this.#queue.splice(0, count);
  }

  #fetch(address, { headers, ...request }) {
    const { fetch, token } = this.#options;
    return fetch(address.href, {
      ...request,
      headers: { ...headers, authorization: `Bearer ${token}` },
      cache: 'no-store',
      // A balancer in front of several gateways may need its own cookie.
      credentials: 'include',
      signal: this.#ended.signal,
    });
  }

  #receive(frame, size) {
    if (!this.#ended.signal.aborted) this.#options.onFrame(frame, size);
  }

  #watch() {
    clearTimeout(this.#silence);
    if (this.#ended.signal.aborted) return;
    const since = Date.now();
    this.#silence = setTimeout(() => {
      // What came while the machine slept may not have been read yet.
      if (Date.now() - since > SILENCE + LATE) this.#watch();
      else this.#end({ code: LOST, reason: 'The event stream fell silent' });
    }, SILENCE);
  }

  #end(why) {
    if (this.#ended.signal.aborted) return;
    this.close();
    this.#options.onEnd({ retryAfter: this.#parser.retry, ...why });
  }
}

/** Many sites answer paths that they do not know with a page, and 200. */
function isEventStream({ ok, headers }) {
  return ok && headers.get('content-type')?.startsWith('text/event-stream');
}

/** Why the gateway refused, if it was the gateway that answered. */
async function refusal(response) {
  const { status, url, headers } = response;
  const { code, message } = (await response.json().catch(() => null)) ?? {};
  const error = typeof code === 'string' ? { code, message } : undefined;
  return {
    code: (error && CLOSE_CODES[status]) ?? LOST,
    reason: message ?? `${url} is no event stream: it answered ${status}`,
    error,
    retryAfter: retryAfter(headers.get('retry-after')),
  };
}
