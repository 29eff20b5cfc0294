import { address, Carriers } from './carriers.js';
import { Channel } from './channel.js';
import { Emitter } from './emitter.js';
import { BelfryError, offline } from './error.js';
import { Heartbeat } from './heartbeat.js';
import { watchPolicy } from './policy.js';
import { Quality } from './quality.js';
import { Renewal } from './renewal.js';
import { explained, isFinal, isOut, Retry } from './retry.js';
import { TokenSource } from './token.js';
import { watch } from './wake.js';

/** Codes of the gateway that stay true for this connection and token, however long one waits. */
const REFUSED = new Set(['token_invalid', 'token_expired', 'forbidden', 'session_revoked']);
const UNAUTHENTICATED = 4401;
const REVOKED = 4403;
/** The carrier was lost, or never opened. */
const LOST = 1006;
/** Before the first connection. */
export const NO_STATS = Object.freeze({
  carrier: null,
  connections: 0,
  received: 0,
  sent: 0,
  latency: null,
  quality: 'unknown',
  uptime: 0,
});
const REFRESH_TIMEOUT = 30_000;

/**
 * A connection to the gateway that reconnects by itself: token, carrier,
 * heartbeat, back-off. It knows nothing about notifications or topics.
 *
 * Emits `state` (name), `event` (name, data, confirm?, broadcast?), `heartbeat`
 * ({latency, quality}), `wire` (frame), `lost` ({code, reason}), `error` (BelfryError),
 * `user` ({from, to}, ids; `to` is null if nobody is signed in any more). `user` comes before
 * anything that arrives for another user.
 * States: `disconnected`, `connecting`, `connected`, `reconnecting`, `error`
 * (stopped, because trying again would not help).
 */
export class Connection extends Emitter {
  #options;
  #tokens;
  #carriers;
  #quality = new Quality();
  #heartbeat = new Heartbeat({
    send: () => this.#channel?.notify('ping'),
    onBeat: (latency, late) => this.#beat(latency, late),
    onDead: () => this.#channel?.close('No answer to a heartbeat'),
  });
  #state = 'disconnected';
  #channel = null;
  #attempt = null;
  #unwatch;
  #retry = new Retry(() => this.#try());
  #renewal = new Renewal(() => this.renew());
  /** The id of the user whose connection it is, or was last; null before the first. */
  #user;
  #connectedAt = 0;
  #counters = { connections: 0, received: 0, sent: 0 };

  /** `user`: the id of the user whom the connection should belong to, if that is known. */
  constructor(options, tokens = new TokenSource(options.token, options.fetch), user = null) {
    super();
    this.#options = options;
    this.#tokens = tokens;
    this.#carriers = new Carriers(options);
    this.#user = user;
  }

  get state() {
    return this.#state;
  }

  stats() {
    return {
      carrier: this.#connectedAt ? this.#carriers.name : null,
      ...this.#counters,
      latency: this.#quality.latency,
      quality: this.#quality.grade,
      uptime: this.#connectedAt && Date.now() - this.#connectedAt,
    };
  }

  connect() {
    if (this.#attempt) return;
    const unwatch = [
      watch(() => this.ping(), () => this.#channel?.close('This device is offline')),
      watchPolicy((blocked) => this.#blocked(blocked)),
    ];
    this.#unwatch = () => unwatch.forEach((end) => end());
    this.#become('connecting');
    this.#try();
  }

  disconnect() {
    if (!this.#attempt && this.#state !== 'error') return;
    // The next connection may belong to another user.
    this.#tokens.forget();
    this.#stop('disconnected');
  }

  /**
   * The network or the user is back, or the page asks: reconnects without waiting
   * any longer, or checks the connection that seems to be open.
   */
  ping() {
    if (this.#state === 'connected') this.#heartbeat.beat();
    else this.#retry.soon();
  }

  notify(event, data) {
    this.#channel?.notify(event, data);
  }

  request(event, data, timeout, onAnswer) {
    if (this.#connectedAt) return this.#channel.request(event, data, timeout, onAnswer);
    return Promise.reject(offline(event));
  }

  /** From now on the gateway is to tell how many notifications are unseen. */
  countUnseen() {
    this.#options.seen = true;
    if (this.#connectedAt) this.notify('auth', { seen: true });
  }

  /** Finds out who is signed in now, and gives the gateway the new token. */
  async renew() {
    const channel = this.#channel;
    if (!this.#connectedAt) return;
    try {
      const token = await this.#tokens.renew();
      if (channel !== this.#channel) return;
      if (this.#isAnother(token.user)) return this.#startAnew(token.user);
      token.used = true;
      this.#renewal.plan(token);
      await this.request('auth:refresh', { token: token.value }, REFRESH_TIMEOUT);
    } catch (error) {
      if (channel === this.#channel && error.code !== 'connection_lost') this.#notRenewed(error);
    }
  }

  async #try() {
    const attempt = (this.#attempt = {});
    try {
      attempt.token = await this.#tokens.get();
      attempt.open = await this.#carriers.next();
    } catch (error) {
      if (this.#attempt === attempt) this.#failed(error);
      return;
    }
    if (this.#attempt !== attempt) return;
    this.#identify(attempt.token.user);
    // A handler may have called disconnect().
    if (this.#attempt === attempt) this.#open(attempt);
  }

  #open(attempt) {
    const { url, ack, subscribe, seen } = this.#options;
    attempt.seen = seen;
    attempt.reused = attempt.token.used;
    attempt.token.used = true;
    try {
      this.#channel = new Channel({
        open: attempt.open,
        hello: { token: attempt.token.value, ack, subscribe, seen },
        onEvent: (...event) => this.#received(attempt, ...event),
        onClose: (close) => this.#closed(attempt, close),
        onWire: (frame) => this.#wire(frame),
      });
    } catch (error) {
      this.#failed(badAddress(url, error));
    }
  }

  #received(attempt, event, data, ...more) {
    if (event === 'connected') this.#opened(attempt, data);
    else if (event === 'pong') return this.#heartbeat.answered();
    else if (event === 'auth:expiring') this.#renewal.soon(data?.expiresIn);
    if (this.#attempt !== attempt) return undefined;
    return this.emit('event', event, data, ...more);
  }

  #opened(attempt, session) {
    this.#identify(session?.userId);
    if (this.#attempt !== attempt) return;
    this.#connectedAt = Date.now();
    this.#carriers.opened();
    this.#counters.connections++;
    if (this.#options.seen && !attempt.seen) this.countUnseen();
    this.#renewal.plan(attempt.token);
    this.#become('connected');
    this.#heartbeat.beat();
  }

  #closed(attempt, close) {
    const { code, reason, established } = close;
    const uptime = this.#connectedAt && Date.now() - this.#connectedAt;
    this.#hangUp();
    if (established) this.emit('lost', { code, reason });
    if (this.#attempt !== attempt) return;
    this.#retry.lasted(uptime);
    if (code === LOST && !established && this.#carriers.failed()) {
      // The gateway has not seen the token.
      attempt.token.used = attempt.reused;
      return this.#try();
    }
    if (code === UNAUTHENTICATED || code === REVOKED) {
      this.#tokens.forget();
      // The session may have been renewed since that token was issued. Only the refusal of a
      // fresh one is final.
      if (attempt.reused && !established) return this.#try();
    }
    this.#failed(cause(close), close.retryAfter);
  }

  #failed(reason, retryAfter = reason?.retryAfter) {
    const error = explained(reason, this.#user !== null);
    if (error) this.emit('error', error);
    // A handler may have called disconnect().
    if (!this.#attempt) return;
    if (isFinal(error)) return this.#giveUp(error);
    this.#become('reconnecting');
    this.#retry.after(error, retryAfter);
  }

  #notRenewed(error) {
    // The new token may still be good for a new connection, above all if somebody else has
    // signed in meanwhile.
    const refused = REFUSED.has(error.code);
    const reason = refused ? error : explained(error, true);
    this.emit('error', reason);
    if (!this.#attempt) return;
    if (refused) this.#channel?.close('The new token was refused');
    else if (isFinal(reason)) this.#giveUp(reason);
    else this.#renewal.again(error.retryAfter);
  }

  #giveUp(error) {
    this.#stop('error');
    if (isOut(error)) this.#tellUser(null);
  }

  /** The page's own policy forbids the address, and would forbid the next attempt, too. */
  #blocked(blocked) {
    const { url, token } = this.#options;
    const { events } = this.#carriers;
    const mine = [address(url), events, typeof token === 'string' && new URL(token, globalThis.location?.href).href];
    if (this.#connectedAt || !mine.includes(blocked)) return;
    const todo = `Add ${new URL(blocked).origin} to connect-src of the page's Content-Security-Policy`;
    const error = new BelfryError('bad_address', `The page may not connect to ${blocked}. ${todo}`);
    this.emit('error', error);
    // Without the fallback, a WebSocket may still open.
    if (this.#attempt && blocked !== events) this.#giveUp(error);
  }

  /** If one of the ids is unknown, nothing is concluded. */
  #isAnother(user) {
    return this.#user !== null && user !== null && user !== undefined && String(user) !== this.#user;
  }

  #identify(user) {
    if (this.#isAnother(user)) this.#tellUser(String(user));
    else if (user !== null && user !== undefined) this.#user = String(user);
  }

  #tellUser(to) {
    const from = this.#user;
    this.#user = to;
    this.#carriers.forget();
    if (from !== null) this.emit('user', { from, to });
  }

  /** The connection belongs to the previous user: ends it, and lets a new one bring what follows. */
  #startAnew(user) {
    const attempt = (this.#attempt = {});
    this.#identify(user);
    if (this.#attempt === attempt) this.#channel?.close('Another user has signed in');
    if (this.#attempt === attempt) this.#become('reconnecting');
    if (this.#attempt === attempt) this.#try();
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
    this.#renewal.stop();
    this.#heartbeat.stop();
    this.#quality.clear();
    this.#channel = null;
    this.#connectedAt = 0;
  }

  #stop(state) {
    this.#attempt = null;
    this.#retry.stop();
    this.#unwatch?.();
    const channel = this.#channel;
    this.#hangUp();
    channel?.close();
    this.#become(state);
  }

  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.emit('state', state);
  }
}

/** Why the connection ended, as an error; null if it ended in the ordinary way. */
function cause({ code, reason, established, error }) {
  if (code === REVOKED) {
    return new BelfryError('session_revoked', error?.message ?? 'Session revoked');
  }
  if (error) return new BelfryError(error.code, error.message);
  return established ? null : new BelfryError('unreachable', reason || 'No connection', { close: code });
}

/** The browser, or the page's own policy, does not allow this address. */
function badAddress(url, { message }) {
  const insecure = globalThis.location?.protocol === 'https:' && /^(ws|http):/.test(url);
  const todo = insecure ? 'A page that came by https needs a gateway at wss:' : "Check the client's option `url`";
  return new BelfryError('bad_address', `No WebSocket can be opened to ${url}: ${message}. ${todo}`);
}
