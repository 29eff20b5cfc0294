import { BelfryError } from './error.js';
import { Socket } from './socket.js';
import { isOffline } from './wake.js';

/** WebSockets that do not open, in a row, before the event stream is tried. */
const PATIENCE = 2;

/**
 * Which carrier the next connection takes: a WebSocket, or the event stream where
 * WebSockets do not get through. Each new connection begins with a WebSocket, and
 * falls back once that has not opened.
 *
 * A carrier takes `{url, hello, onOpen, onFrame, onEnd}`. It calls `onOpen()` if
 * `auth` with `hello` has yet to be sent as its first frame; `onFrame(frame, size)`
 * for each frame; and `onEnd({code, reason, error, retryAfter})` once, unless
 * `close()` was called. `send(text, frame)` returns whether the frame is on its way.
 */
export class Carriers {
  #options;
  #failures = 0;
  #fellBack = false;
  #stream = null;
  /** What carries the connection: 'websocket' or 'events'. */
  name = 'websocket';

  constructor(options) {
    this.#options = options;
  }

  /** The address of the event stream; null where there is no fallback. */
  get events() {
    const { url, events } = this.#options;
    if (!events) return null;
    const gateway = new URL(address(url));
    gateway.protocol = gateway.protocol.replace('ws', 'http');
    return new URL(events, gateway).href;
  }

  /** A function that opens the next carrier. Few pages need the event stream: it is loaded when they do. */
  async next() {
    const fallsBack = this.#fellBack;
    this.#fellBack = false;
    this.name = fallsBack ? 'events' : 'websocket';
    const { url, WebSocket, fetch } = this.#options;
    if (!fallsBack) return (options) => new Socket({ ...options, url: address(url), WebSocket });
    const { Stream } = await import('./stream.js').catch(notLoaded);
    const { events } = this;
    return (options) =>
      (this.#stream = new Stream({ ...options, url: events, fetch, lastEventId: this.#stream?.lastEventId }));
  }

  opened() {
    if (this.name === 'events') return;
    this.#failures = 0;
    this.forget();
  }

  /** The carrier did not open. Returns whether the other is to be tried at once. */
  failed() {
    if (this.name === 'events' || !this.#options.events || isOffline()) return false;
    this.#fellBack = ++this.#failures >= PATIENCE;
    return this.#fellBack;
  }

  /** What one user has received, the next does not confirm. */
  forget() {
    this.#stream = null;
  }
}

function notLoaded({ message }) {
  throw new BelfryError('unreachable', `No WebSocket opened, and the event stream could not be loaded: ${message}`);
}

/** Turns a path of this site into a WebSocket address; leaves an address as it is. */
export function address(url) {
  const absolute = new URL(url, globalThis.location?.href);
  absolute.protocol = absolute.protocol.replace('http', 'ws');
  return absolute.href;
}
