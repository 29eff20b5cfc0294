import { BelfryError } from './error.js';

/** From opening the carrier to `connected`; the gateway itself waits 10 s for the token. */
const HANDSHAKE_TIMEOUT = 15_000;

/**
 * One conversation with the gateway from its opening to its close, in the plain
 * framing: frames `{"event","data","id"?}`, answers `{"ack","data"}`. What carries
 * the frames is opened by `open` (carriers.js).
 *
 * Calls `onEvent(name, data, confirm, broadcast)` for each event, with `confirm` only
 * if the server asks for it, and `broadcast` ({broadcastId, topic}) only if it is one;
 * `onWire({direction, size, event, data, id, ack})` for each
 * frame; and `onClose({code, reason, established, error, retryAfter})` once, even if
 * the handshake never finished. `error` is what the gateway said before it closed.
 */
export class Channel {
  #carrier;
  #hooks;
  #confirms;
  #lastId = 0;
  #waiting = new Map();
  #deadline;
  #refusal = null;
  #established = false;
  #ended = false;

  constructor({ open, hello, ...hooks }) {
    this.#hooks = hooks;
    this.#confirms = hello.ack;
    this.#carrier = open({
      hello,
      onOpen: () => this.notify('auth', hello),
      onFrame: (frame, size) => this.#receive(frame, size),
      onEnd: (why) => this.#end(why),
    });
    this.#deadline = setTimeout(() => this.close('The handshake took too long'), HANDSHAKE_TIMEOUT);
  }

  notify(event, data) {
    this.#send({ event, data });
  }

  /**
   * Resolves with the data of the answer; rejects with a BelfryError if it is refused, late or lost.
   * `onAnswer(data)` is called at once: before what arrived after the answer, which a promise may not be.
   */
  request(event, data, timeout, onAnswer) {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new BelfryError('timeout', `No answer to ${event} in time`, { event }));
      }, timeout);
      this.#waiting.set(id, { event, onAnswer, resolve, reject, timer });
      this.#send({ event, data, id });
    });
  }

  /** Ends at once: without a network, a closing handshake would take minutes. */
  close(reason = '') {
    this.#end({ code: 1006, reason });
    this.#carrier.close();
  }

  #send(frame) {
    const text = JSON.stringify(frame);
    if (this.#carrier.send(text, frame)) this.#watched('out', text.length, frame);
  }

  #receive(frame, size) {
    this.#watched('in', size, frame);
    if (frame.ack !== undefined) this.#settle(frame);
    else if (typeof frame.event === 'string') this.#dispatch(frame);
  }

  #dispatch({ event, data, id, broadcastId, topic }) {
    if (event === 'connected') {
      this.#established = true;
      clearTimeout(this.#deadline);
    }
    if (event === 'error' && !this.#established) {
      this.#refusal = data;
      return;
    }
    const broadcast = broadcastId === undefined ? undefined : { broadcastId, topic };
    if (id === undefined) return this.#hooks.onEvent(event, data, undefined, broadcast);
    const confirm = () => this.#send({ ack: id });
    if (this.#confirms) return this.#hooks.onEvent(event, data, confirm);
    // The event stream asks for it even where the page does not want to confirm.
    confirm();
    this.#hooks.onEvent(event, data);
  }

  /** A token is a credential: `wire` must not show it. */
  #watched(direction, size, frame) {
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
    } else settle(request, data);
  }

  #end(why) {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    for (const { event, reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new BelfryError('connection_lost', `Connection lost before ${event} was answered`));
    }
    this.#waiting.clear();
    this.#hooks.onClose({ error: this.#refusal, ...why, established: this.#established });
  }
}

/** An answer that does not fit, and so cannot be taken, is the caller's failure and nobody else's. */
export function settle({ onAnswer, resolve, reject }, answer) {
  try {
    onAnswer?.(answer);
    resolve(answer);
  } catch (error) {
    reject(error);
  }
}
