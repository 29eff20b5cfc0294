import { BelfryError } from './error.js';

/** From opening the WebSocket to `connected`; the gateway itself waits 10 s for the token. */
const HANDSHAKE_TIMEOUT = 15_000;
/** `WebSocket.OPEN`, which a replacement of the browser's class may lack. */
const OPEN = 1;

/**
 * One WebSocket from its opening to its close, in the plain framing: text
 * frames `{"event","data","id"?}`, answers `{"ack","data"}`.
 *
 * Calls `onEvent(name, data, confirm)` for each event, with `confirm` only if the
 * server asks for it; `onWire({direction, size, event, data, id, ack})` for each
 * frame; and `onClose({code, reason, error})` once, even if the handshake never
 * finished. `error` is what the gateway said before it closed.
 */
export class Socket {
  #websocket;
  #hooks;
  #lastId = 0;
  #waiting = new Map();
  #deadline;
  #refusal = null;
  #established = false;

  constructor({ url, hello, WebSocket = globalThis.WebSocket, ...hooks }) {
    this.#hooks = hooks;
    this.#websocket = new WebSocket(url);
    this.#websocket.onopen = () => this.notify('auth', hello);
    this.#websocket.onmessage = ({ data }) => this.#receive(data);
    // The reason arrives with the close. Without a handler, the Node package treats it as uncaught.
    this.#websocket.onerror = () => {};
    this.#websocket.onclose = ({ code, reason }) => this.#end(code, reason);
    this.#deadline = setTimeout(() => this.close('The handshake took too long'), HANDSHAKE_TIMEOUT);
  }

  notify(event, data) {
    this.#send({ event, data });
  }

  /** Resolves with the data of the answer; rejects with a BelfryError if it is refused, late or lost. */
  request(event, data, timeout) {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new BelfryError('timeout', `No answer to ${event} in time`, { event }));
      }, timeout);
      this.#waiting.set(id, { event, resolve, reject, timer });
      this.#send({ event, data, id });
    });
  }

  /** Ends at once: without a network, the closing handshake would take minutes. */
  close(reason = '') {
    const websocket = this.#websocket;
    this.#end(1006, reason);
    websocket.close();
  }

  #send(frame) {
    if (this.#websocket.readyState !== OPEN) return;
    const text = JSON.stringify(frame);
    this.#websocket.send(text);
    this.#watched('out', text, frame);
  }

  #receive(text) {
    const frame = parse(text);
    if (!frame) return;
    this.#watched('in', text, frame);
    if (frame.ack !== undefined) this.#settle(frame);
    else if (typeof frame.event === 'string') this.#dispatch(frame);
  }

  #dispatch({ event, data, id }) {
    if (event === 'connected') {
      this.#established = true;
      clearTimeout(this.#deadline);
    }
    if (event === 'error' && !this.#established) {
      this.#refusal = data;
      return;
    }
    const confirm = id === undefined ? undefined : () => this.#send({ ack: id });
    this.#hooks.onEvent(event, data, confirm);
  }

  /** A token is a credential: `wire` must not show it. */
  #watched(direction, { length: size }, frame) {
    const data = frame.data?.token ? { ...frame.data, token: '…' } : frame.data;
    this.#hooks.onWire({ ...frame, direction, size, data });
  }

  #settle({ ack, data }) {
    const request = this.#waiting.get(ack);
    if (!request) return;
    this.#waiting.delete(ack);
    clearTimeout(request.timer);
    if (data?.ok === false) {
      request.reject(new BelfryError(data.code, data.message, { event: request.event }));
    } else request.resolve(data);
  }

  #end(code, reason) {
    const websocket = this.#websocket;
    if (!websocket.onclose) return;
    websocket.onopen = websocket.onmessage = websocket.onclose = null;
    clearTimeout(this.#deadline);
    for (const { event, reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new BelfryError('connection_lost', `Connection lost before ${event} was answered`));
    }
    this.#waiting.clear();
    this.#hooks.onClose({ code, reason, established: this.#established, error: this.#refusal });
  }
}

function parse(text) {
  try {
    const frame = JSON.parse(text);
    return typeof frame === 'object' ? frame : null;
  } catch {
    return null;
  }
}
