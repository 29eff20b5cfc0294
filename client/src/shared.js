import { NO_STATS } from './connection.js';
import { Emitter } from './emitter.js';
import { BelfryError, offline } from './error.js';
import { Leader } from './leader.js';
import { watch } from './wake.js';

/** Over the time the leader itself waits: it may have been closed while it did. */
const LEADER_TIMEOUT = 2_000;

/**
 * The connection of all tabs of a site: whichever holds a Web Lock leads, has
 * the one WebSocket, and does for the others what they ask over a
 * BroadcastChannel; when it goes, the browser hands the lock to the next. To
 * the page it looks like a `Connection` of its own that was lost and came back.
 *
 * Events reach every tab, those of a topic that only another tab has joined
 * too; `wire` is told in the leading tab alone.
 */
export class SharedConnection extends Emitter {
  /** What the leader says. */
  static #messages = {
    state: (tab, news) => tab.#news(news),
    event: (tab, { event, data }) => tab.emit('event', event, data),
    lost: (tab, { why }) => tab.emit('lost', why),
    heartbeat: (tab, { beat, stats }) => {
      tab.#stats = stats;
      tab.#statsAt = Date.now();
      tab.emit('heartbeat', beat);
    },
    error: (tab, { error }) => tab.emit('error', new BelfryError(error.code, error.message)),
    answer: (tab, answer) => tab.#answer(answer),
  };

  #options;
  #name;
  #id = crypto.randomUUID();
  #channel = null;
  #ended;
  #unwatch;
  #leader = null;
  #leaderId;
  #state = 'disconnected';
  #stats = NO_STATS;
  #statsAt = 0;
  #calls = new Map();
  #lastCall = 0;

  constructor(options) {
    super();
    this.#options = options;
    this.#name = `belfry ${options.url} ${options.token}`;
  }

  get state() {
    return this.#state;
  }

  stats() {
    if (this.#leader) return this.#leader.stats();
    const { uptime } = this.#stats;
    return { ...this.#stats, uptime: uptime && uptime + Date.now() - this.#statsAt };
  }

  connect() {
    if (this.#channel) return this.#tell({ type: 'wanted' });
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#receive(data);
    this.#unwatch = watch(() => this.ping());
    this.#become('connecting');
    this.#ended = new AbortController();
    this.#hold(`${this.#name} ${this.#id}`, () => this.#tell({ type: 'hello' }));
    this.#hold(this.#name, () => this.#lead());
  }

  disconnect() {
    if (!this.#channel) return;
    this.#unwatch();
    this.#leader?.stop();
    this.#leader = null;
    this.#leaderId = undefined;
    this.#ended.abort();
    this.#channel.close();
    this.#channel = null;
    this.#failCalls('disconnected');
    this.#become('disconnected');
  }

  ping() {
    this.#tell({ type: 'ping' });
  }

  notify(event, data) {
    this.#tell({ type: 'notify', event, data });
  }

  request(event, data, timeout) {
    if (this.#state !== 'connected') return Promise.reject(offline(event));
    return new Promise((resolve, reject) => {
      const call = ++this.#lastCall;
      const late = () => this.#answer({ call, error: { code: 'timeout', message: `No answer to ${event}` } });
      const timer = setTimeout(late, timeout + LEADER_TIMEOUT);
      this.#calls.set(call, { resolve, reject, timer });
      this.#tell({ type: 'request', call, event, data, timeout });
    });
  }

  /** A lock of the browser, held until this tab disconnects or goes. */
  #hold(name, whenHeld) {
    const { signal } = this.#ended;
    const held = () =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        signal.addEventListener('abort', resolve);
        whenHeld();
      });
    // Given up while it waited: that is how it ends.
    navigator.locks.request(name, { signal }, held).catch(() => {});
  }

  #lead() {
    this.#leader = new Leader(this.#options, {
      name: this.#name,
      id: this.#id,
      say: (message) => {
        const said = { ...message, from: this.#id };
        this.#channel?.postMessage(said);
        this.#receive(said);
      },
      // Its own tab alone confirms: the others get copies.
      onEvent: (...event) => this.emit('event', ...event),
      onWire: (frame) => this.emit('wire', frame),
    });
  }

  /** To the tab that leads, be it this one. */
  #tell(message) {
    const told = { ...message, from: this.#id, toLeader: true };
    if (this.#leader) this.#leader.receive(told);
    else this.#channel?.postMessage(told);
  }

  #receive(message) {
    const { toLeader, to, except, from, type } = message;
    if (toLeader) return this.#leader?.receive(message);
    if ((to && to !== this.#id) || except === this.#id) return;
    this.#follow(from);
    SharedConnection.#messages[type](this, message);
  }

  /** Who speaks as the leader is the leader; a new one knows nothing of this tab yet. */
  #follow(leaderId) {
    if (leaderId === this.#leaderId) return;
    this.#leaderId = leaderId;
    this.#failCalls('connection_lost');
    if (this.#state === 'connected') {
      this.emit('lost', { code: 1006, reason: 'The tab that had the connection is gone' });
      this.#become('reconnecting');
    }
    if (!this.#leader) this.#tell({ type: 'hello' });
  }

  #news({ state, stats }) {
    this.#stats = stats;
    this.#statsAt = Date.now();
    const again = state === 'connecting' && this.#state === 'reconnecting';
    this.#become(again ? 'reconnecting' : state);
  }

  #answer({ call, answer, error }) {
    const waiting = this.#calls.get(call);
    if (!waiting) return;
    this.#calls.delete(call);
    clearTimeout(waiting.timer);
    if (error) waiting.reject(new BelfryError(error.code, error.message, { event: error.event }));
    else waiting.resolve(answer);
  }

  #failCalls(code) {
    const error = { code, message: 'The connection ended before the answer came' };
    for (const call of [...this.#calls.keys()]) this.#answer({ call, error });
  }

  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.emit('state', state);
  }
}
