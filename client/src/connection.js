import { Backoff } from './backoff.js';
import { Emitter } from './emitter.js';
import { BelfryError, offline } from './error.js';
import { Heartbeat } from './heartbeat.js';
import { Quality } from './quality.js';
import { Socket } from './socket.js';
import { TokenSource } from './token.js';
import { watch } from './wake.js';

/** Codes of the client and the gateway after which only a person can help. */
const FINAL = new Set(['unauthorized', 'origin_refused', 'session_revoked']);
/** Codes of the gateway that no waiting changes for that connection and token. */
const REFUSED = new Set(['token_invalid', 'token_expired', 'forbidden', 'session_revoked']);
const UNAUTHENTICATED = 4401;
const REVOKED = 4403;
/** Of a connection that has not begun. */
export const NO_STATS = Object.freeze({
  connections: 0,
  received: 0,
  sent: 0,
  latency: null,
  quality: 'unknown',
  uptime: 0,
});
/** Timers hold no more than 31 bits of milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;
const REFRESH_AGAIN = 30_000;

/**
 * A connection to the gateway that comes back: token, WebSocket, heartbeat,
 * back-off. It knows nothing of notifications or topics.
 *
 * Emits `state` (name), `event` (name, data, confirm?), `heartbeat`
 * ({latency, quality}), `wire` (frame), `lost` ({code, reason}), `error` (BelfryError).
 * States: `disconnected`, `connecting`, `connected`, `reconnecting`, `error`
 * (stopped for a reason that trying again does not remove).
 */
export class Connection extends Emitter {
  #options;
  #tokens;
  #backoff = new Backoff();
  #quality = new Quality();
  #heartbeat = new Heartbeat({
    send: () => this.#socket?.notify('ping'),
    onBeat: (latency, late) => this.#beat(latency, late),
    onDead: () => this.#socket?.close('No answer to a heartbeat'),
  });
  #state = 'disconnected';
  #socket = null;
  #attempt = null;
  #unwatch;
  #retryTimer;
  #refreshTimer;
  /** Before this no attempt is made, however much anyone wants it: the server said so. */
  #notBefore = 0;
  #connectedAt = 0;
  #counters = { connections: 0, received: 0, sent: 0 };

  constructor(options) {
    super();
    this.#options = options;
    this.#tokens = new TokenSource(options.token, options.fetch);
  }

  get state() {
    return this.#state;
  }

  stats() {
    return {
      ...this.#counters,
      latency: this.#quality.latency,
      quality: this.#quality.grade,
      uptime: this.#connectedAt && Date.now() - this.#connectedAt,
    };
  }

  connect() {
    if (this.#attempt) return;
    this.#unwatch = watch(() => this.ping());
    this.#become('connecting');
    this.#try();
  }

  disconnect() {
    if (!this.#attempt && this.#state !== 'error') return;
    // Whoever connects next may be someone else.
    this.#tokens.forget();
    this.#stop('disconnected');
  }

  /**
   * The network or the person is back, or somebody wants to know: no reason to
   * wait any longer, or to trust what is open.
   */
  ping() {
    if (this.#state === 'connected') this.#heartbeat.beat();
    else if (this.#retryTimer) this.#retryIn(Math.max(0, this.#notBefore - Date.now()));
  }

  notify(event, data) {
    this.#socket?.notify(event, data);
  }

  request(event, data, timeout) {
    if (this.#connectedAt) return this.#socket.request(event, data, timeout);
    return Promise.reject(offline(event));
  }

  async #try() {
    const attempt = (this.#attempt = {});
    try {
      attempt.token = await this.#tokens.get();
    } catch (error) {
      if (this.#attempt === attempt) this.#failed(error);
      return;
    }
    if (this.#attempt === attempt) this.#open(attempt);
  }

  #open(attempt) {
    const { url, WebSocket, ack, subscribe } = this.#options;
    attempt.reused = attempt.token.used;
    attempt.token.used = true;
    this.#socket = new Socket({
      url: address(url),
      WebSocket,
      hello: { token: attempt.token.value, ack, subscribe },
      onEvent: (...event) => this.#received(attempt, ...event),
      onClose: (close) => this.#closed(attempt, close),
      onWire: (frame) => this.#wire(frame),
    });
  }

  #received(attempt, event, data, confirm) {
    if (event === 'connected') this.#opened(attempt);
    else if (event === 'pong') return this.#heartbeat.answered();
    else if (event === 'auth:expiring') this.#refresh();
    return this.emit('event', event, data, confirm);
  }

  #opened(attempt) {
    this.#connectedAt = Date.now();
    this.#counters.connections++;
    this.#scheduleRefresh(attempt.token);
    this.#become('connected');
    this.#heartbeat.beat();
  }

  #closed(attempt, { code, reason, established, error }) {
    const uptime = this.#connectedAt && Date.now() - this.#connectedAt;
    this.#hangUp();
    if (established) this.emit('lost', { code, reason });
    if (this.#attempt !== attempt) return;
    this.#backoff.lasted(uptime);
    if (code === UNAUTHENTICATED || code === REVOKED) {
      this.#tokens.forget();
      // The session may have been renewed since that token was made: only a fresh one that is
      // refused is the gateway's last word.
      if (attempt.reused && !established) return this.#try();
    }
    this.#failed(cause(code, reason, established, error));
  }

  #failed(error) {
    if (error) this.emit('error', error);
    // A handler may have ended it all.
    if (!this.#attempt) return;
    if (FINAL.has(error?.code)) return this.#stop('error');
    const asked = error?.retryAfter ?? 0;
    this.#notBefore = Date.now() + asked;
    this.#become('reconnecting');
    // Everyone was told the same time: the back-off spreads them after it.
    this.#retryIn(asked + this.#backoff.next());
  }

  #retryIn(delay) {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = null;
      this.#try();
    }, delay);
  }

  #scheduleRefresh({ endsAt }) {
    clearTimeout(this.#refreshTimer);
    const delay = Math.max(REFRESH_AGAIN, (endsAt - Date.now()) * 0.8);
    this.#refreshTimer = setTimeout(() => this.#refresh(), Math.min(delay, LONGEST_TIMER));
  }

  async #refresh() {
    const socket = this.#socket;
    try {
      const token = await this.#tokens.renew();
      if (socket !== this.#socket) return;
      token.used = true;
      this.#scheduleRefresh(token);
      await this.request('auth:refresh', { token: token.value }, REFRESH_AGAIN);
    } catch (error) {
      if (socket === this.#socket && error.code !== 'connection_lost') this.#notRefreshed(error);
    }
  }

  #notRefreshed(error) {
    this.emit('error', error);
    // The new token may yet be good for a connection of its own: where somebody else has signed
    // in meanwhile, above all.
    if (REFUSED.has(error.code)) this.#socket?.close('The new token was refused');
    else if (FINAL.has(error.code)) this.#stop('error');
    else this.#scheduleRefresh({ endsAt: 0 });
  }

  #beat(latency, late) {
    this.#quality.add(latency, late);
    this.emit('heartbeat', { latency, quality: this.#quality.grade });
  }

  #wire(frame) {
    this.#counters[frame.direction === 'in' ? 'received' : 'sent']++;
    this.emit('wire', frame);
  }

  #hangUp() {
    clearTimeout(this.#refreshTimer);
    this.#heartbeat.stop();
    this.#quality.clear();
    this.#socket = null;
    this.#connectedAt = 0;
  }

  #stop(state) {
    this.#attempt = null;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    this.#unwatch?.();
    const socket = this.#socket;
    this.#hangUp();
    socket?.close();
    this.#become(state);
  }

  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.emit('state', state);
  }
}

/** Why the WebSocket ended, as an error; null where it is the ordinary course of things. */
function cause(code, reason, established, refusal) {
  if (code === REVOKED) {
    return new BelfryError('session_revoked', refusal?.message ?? 'Session revoked');
  }
  if (refusal) return new BelfryError(refusal.code, refusal.message);
  return established ? null : new BelfryError('unreachable', reason || 'No connection', { close: code });
}

/** A path of this site as a WebSocket's address; an address as it is. */
function address(url) {
  const absolute = new URL(url, globalThis.location?.href);
  absolute.protocol = absolute.protocol.replace('http', 'ws');
  return absolute.href;
}
