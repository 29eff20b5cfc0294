import { NO_STATS } from './connection.js';
import { Emitter } from './emitter.js';
import { offline } from './error.js';
import { Group } from './group.js';
import { explained, isFinal, isOut, Retry } from './retry.js';
import { TokenSource } from './token.js';
import { watch } from './wake.js';

/** All tabs hear about another user at once; they do not all ask the endpoint at once. */
const ASK_WITHIN = 500;

/**
 * One connection for all tabs of a site that belong to the same user. Each tab asks
 * the endpoint who its user is, and joins only the tabs of that user: an event for
 * one user never reaches a tab of another. A tab that finds another user tells the
 * others, which then ask again. To the page it looks like a `Connection` of its own
 * that was lost and reconnected.
 *
 * Events reach every tab, even those of a topic that only another tab has joined.
 * `wire` is emitted in the leading tab only.
 */
export class SharedConnection extends Emitter {
  #options;
  #tokens;
  #site;
  #news = null;
  #unwatch;
  #retry = new Retry(() => this.#identify());
  #attempt = null;
  #askTimer;
  #group = null;
  #user = null;
  #state = 'disconnected';

  constructor(options) {
    super();
    this.#options = options;
    this.#site = `belfry ${options.url} ${options.token}`;
    this.#tokens = new TokenSource(options.token, options.fetch);
  }

  get state() {
    return this.#state;
  }

  stats() {
    return this.#group?.stats() ?? NO_STATS;
  }

  connect() {
    if (this.#group) return this.#group.want();
    if (this.#attempt) return;
    if (!this.#news) this.#listen();
    this.#become('connecting');
    this.#identify();
  }

  disconnect() {
    if (!this.#news) return;
    this.#unwatch();
    this.#news.close();
    this.#news = null;
    this.#stop();
    // The next connection may belong to another user.
    this.#tokens.forget();
    this.#become('disconnected');
  }

  ping() {
    if (this.#group) this.#group.ping();
    else this.#retry.soon();
  }

  notify(event, data) {
    this.#group?.notify(event, data);
  }

  countUnseen() {
    this.#group?.countUnseen();
  }

  request(event, data, timeout, onAnswer) {
    return this.#group?.request(event, data, timeout, onAnswer) ?? Promise.reject(offline(event));
  }

  #listen() {
    this.#news = new BroadcastChannel(this.#site);
    this.#news.onmessage = ({ data }) => this.#heard(data.user);
    this.#unwatch = watch(() => this.ping());
  }

  async #identify() {
    const attempt = (this.#attempt = {});
    try {
      const { user } = await this.#tokens.get();
      if (this.#attempt === attempt) this.#is(user);
    } catch (error) {
      if (this.#attempt === attempt) this.#unknown(explained(error, this.#user !== null));
    }
  }

  #unknown(error) {
    this.emit('error', error);
    if (!this.#attempt) return;
    if (isFinal(error)) return this.#giveUp(isOut(error));
    this.#become('reconnecting');
    this.#retry.after(error);
  }

  /** If nobody says who the user is, this tab shares with none. */
  #is(user) {
    const attempt = this.#attempt;
    const isNews = user !== this.#user;
    this.#tellUser(user);
    if (this.#attempt !== attempt) return;
    if (isNews) this.#news.postMessage({ user });
    this.#join(`${this.#site} ${user === null ? crypto.randomUUID() : `user ${user}`}`);
  }

  #join(name) {
    const group = new Group(this.#options, { user: this.#user, tokens: this.#tokens }, name);
    this.#group = group;
    group.on('state', (state) => this.#become(state));
    group.on('user', (change) => this.#groupChanged(change));
    for (const event of ['event', 'lost', 'heartbeat', 'wire', 'error']) {
      group.on(event, (...values) => this.emit(event, ...values));
    }
    group.join();
  }

  /** Another tab has found out who is signed in. */
  #heard(user) {
    if (user === this.#user) return;
    clearTimeout(this.#askTimer);
    this.#askTimer = setTimeout(() => this.#askAgain(), Math.random() * ASK_WITHIN);
  }

  async #askAgain() {
    const attempt = this.#attempt;
    if (this.#state === 'error') return this.connect();
    this.#tokens.forget();
    try {
      const { user } = await this.#tokens.get();
      if (this.#attempt === attempt && user !== this.#user) this.#startAnew();
    } catch (error) {
      if (this.#attempt !== attempt || !isOut(error)) return;
      this.emit('error', explained(error, this.#user !== null));
      if (this.#attempt === attempt) this.#giveUp(true);
    }
  }

  /** The leader's connection, be the leader this tab or another, now belongs to somebody else, or nobody. */
  #groupChanged({ from, to }) {
    this.#user ??= from;
    if (to === null) return this.#giveUp(true);
    this.#tokens.forget();
    this.#startAnew();
  }

  #startAnew() {
    const wasConnected = this.#state === 'connected';
    this.#stop();
    const attempt = (this.#attempt = {});
    if (wasConnected) this.emit('lost', { code: 1006, reason: 'Another user has signed in' });
    if (this.#attempt === attempt) this.#become('reconnecting');
    if (this.#attempt === attempt) this.#identify();
  }

  #giveUp(signedOut) {
    this.#stop();
    this.#become('error');
    if (!signedOut) return;
    this.#news?.postMessage({ user: null });
    this.#tellUser(null);
  }

  #stop() {
    clearTimeout(this.#askTimer);
    this.#retry.stop();
    this.#attempt = null;
    this.#group?.leave();
    this.#group = null;
  }

  #tellUser(to) {
    const from = this.#user;
    this.#user = to;
    if (from !== null && from !== to) this.emit('user', { from, to });
  }

  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.emit('state', state);
  }
}
