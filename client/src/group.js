import { NO_STATS } from './connection.js';
import { Emitter } from './emitter.js';
import { BelfryError, offline } from './error.js';
import { Heartbeat } from './heartbeat.js';
import { Leader } from './leader.js';
import { Mailbox } from './mailbox.js';

/** Over the time the leader itself waits: it may have been closed while it did. */
const LEADER_TIMEOUT = 2_000;
/** A leading tab that does not answer for so long stands still: another takes its place. */
const PROBES = { interval: 4_000, late: 2_000, dead: 4_000 };
const STEAL_WITHIN = 1_000;

/**
 * This tab's place among the tabs of one user: whichever holds a Web Lock
 * leads, has the one WebSocket, and does for the others what they ask over a
 * BroadcastChannel; when it goes, the browser hands the lock to the next. One
 * that stands still (a dialog, a frozen page) has it taken away.
 *
 * Each leadership has a higher term than the one before; what a tab says that
 * led in an earlier one is not heard, and it follows once it hears of the later.
 *
 * Emits what a `Connection` does; `user` ({from, to}) where the leader's connection
 * has become another's.
 */
export class Group extends Emitter {
  /** What the leader says. */
  static #messages = {
    state: (tab, news) => tab.#news(news),
    alive: () => {},
    event: (tab, { event, data }) => tab.emit('event', event, data),
    lost: (tab, { why }) => tab.emit('lost', why),
    heartbeat: (tab, { beat, stats }) => {
      tab.#keep(stats);
      tab.emit('heartbeat', beat);
    },
    error: (tab, { error }) => tab.emit('error', new BelfryError(error.code, error.message)),
    user: (tab, { change }) => tab.emit('user', change),
    answer: (tab, answer) => tab.#answer(answer),
  };

  #options;
  #member;
  #name;
  #id = crypto.randomUUID();
  #mailbox;
  #ended = new AbortController();
  #waiting = new AbortController();
  #leader = null;
  #leaderId;
  #term = 0;
  #probes = new Heartbeat(
    { send: () => this.#tell({ type: 'probe' }), onBeat: () => {}, onDead: () => this.#standsStill() },
    PROBES,
  );
  #stealTimer = null;
  #state = 'connecting';
  #stats = NO_STATS;
  #statsAt = 0;
  #calls = new Map();
  #lastCall = 0;

  /** `member`: `{user, tokens}`; `name` is that of all tabs of this user. */
  constructor(options, member, name) {
    super();
    this.#options = options;
    this.#member = member;
    this.#name = name;
  }

  join() {
    this.#mailbox = new Mailbox(this.#name, (message) => this.#receive(message));
    const mine = () => this.#tell({ type: 'hello' });
    this.#hold(`${this.#name} ${this.#id}`, { signal: this.#ended.signal }, mine).catch(() => {});
    this.#campaign();
    this.#probes.beat();
  }

  leave() {
    this.#probes.stop();
    clearTimeout(this.#stealTimer);
    this.#leader?.stop();
    this.#leader = null;
    this.#ended.abort();
    this.#waiting.abort();
    this.#mailbox.close();
    this.#failCalls('disconnected');
  }

  get leads() {
    return this.#leader !== null;
  }

  stats() {
    if (this.#leader) return this.#leader.stats();
    const { uptime } = this.#stats;
    return { ...this.#stats, uptime: uptime && uptime + Date.now() - this.#statsAt };
  }

  /** The leader is to connect again where it has given up. */
  want() {
    this.#tell({ type: 'wanted' });
  }

  renew() {
    return this.#leader?.renew();
  }

  ping() {
    if (!this.#leader) this.#probes.beat();
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

  /** Waits until it may lead; once that was taken away, again. `steal`: does not wait. */
  async #campaign(steal = false) {
    this.#waiting = new AbortController();
    const { signal } = this.#waiting;
    try {
      await this.#hold(this.#name, steal ? { steal } : { signal }, () => this.#lead());
    } catch {
      if (this.#ended.signal.aborted || signal.aborted) return;
      this.#stepDown();
      this.#campaign();
    }
  }

  /** A lock of the browser, held until this tab leaves or goes. */
  #hold(name, options, whenHeld) {
    const { signal } = this.#ended;
    return navigator.locks.request(name, options, () => {
      if (signal.aborted) return undefined;
      return new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
        whenHeld();
      });
    });
  }

  #standsStill() {
    // Not all tabs at once: the first is heard by the others.
    this.#stealTimer = setTimeout(() => {
      this.#stealTimer = null;
      this.#waiting.abort();
      this.#campaign(true);
    }, Math.random() * STEAL_WITHIN);
  }

  #lead() {
    this.#probes.stop();
    this.#term = Math.max(this.#term + 1, Date.now());
    const term = this.#term;
    this.#leader = new Leader(this.#options, {
      ...this.#member,
      name: this.#name,
      id: this.#id,
      say: (message) => this.#say({ ...message, from: this.#id, term }),
      // Its own tab alone confirms: the others get copies.
      onEvent: (...event) => this.emit('event', ...event),
      onWire: (frame) => this.emit('wire', frame),
    });
  }

  #say(message) {
    if (this.#ended.signal.aborted) return;
    this.#mailbox.say(message);
    this.#receive(message);
  }

  #stepDown() {
    const leader = this.#leader;
    if (!leader) return;
    this.#leader = null;
    leader.stop();
    this.#leaderId = undefined;
    this.#lost();
    this.#tell({ type: 'hello' });
    this.#probes.beat();
  }

  #forgive() {
    clearTimeout(this.#stealTimer);
    this.#stealTimer = null;
    if (!this.#leader) this.#probes.beat();
  }

  /** To the tab that leads, be it this one. */
  #tell(message) {
    const told = { ...message, from: this.#id, toLeader: true };
    if (this.#leader) this.#leader.receive(told);
    else this.#mailbox.say(told);
  }

  #receive(message) {
    const { toLeader, to, except, from, term, type } = message;
    if (this.#ended.signal.aborted) return;
    if (toLeader) return this.#leader?.receive(message);
    if (term < this.#term) return;
    this.#follow(from, term);
    if ((to && to !== this.#id) || except === this.#id) return;
    Group.#messages[type](this, message);
  }

  /** Who speaks as the leader is the leader; a new one knows nothing of this tab yet. */
  #follow(leaderId, term) {
    if (leaderId !== this.#id) this.#probes.answered();
    if (this.#stealTimer) this.#forgive();
    if (leaderId === this.#leaderId && term === this.#term) return;
    this.#term = term;
    if (this.#leader && leaderId !== this.#id) this.#stepDown();
    this.#leaderId = leaderId;
    this.#lost();
    if (!this.#leader) this.#tell({ type: 'hello' });
  }

  #lost() {
    this.#failCalls('connection_lost');
    if (this.#state !== 'connected') return;
    this.emit('lost', { code: 1006, reason: 'The tab that had the connection is gone' });
    this.#keep({ ...this.#stats, latency: null, quality: 'unknown', uptime: 0 });
    this.#become('reconnecting');
  }

  #news({ state, stats }) {
    this.#keep(stats);
    const again = state === 'connecting' && this.#state === 'reconnecting';
    this.#become(again ? 'reconnecting' : state);
  }

  #keep(stats) {
    this.#stats = stats;
    this.#statsAt = Date.now();
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
