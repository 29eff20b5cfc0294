import { settle } from './channel.js';
import { NO_STATS } from './connection.js';
import { Emitter } from './emitter.js';
import { BelfryError, offline } from './error.js';
import { Heartbeat } from './heartbeat.js';
import { Leader } from './leader.js';
import { Mailbox } from './mailbox.js';

/** Longer than the leader itself waits, since it may have been closed while it waited. */
const LEADER_TIMEOUT = 2_000;
/** A leader that does not answer for this long is frozen: another tab takes its place. */
const PROBES = { interval: 4_000, late: 2_000, dead: 4_000 };
const STEAL_WITHIN = 1_000;

/**
 * This tab's role among the tabs of one user. The tab that holds a Web Lock leads:
 * it has the one WebSocket, and serves the others over a BroadcastChannel. When it
 * closes, the browser gives the lock to the next. A leader that is frozen (by a
 * dialog, or in the background) loses the lock to another tab.
 *
 * Each leader has a higher term than the one before. Messages of an earlier leader
 * are ignored, and it becomes a follower once it hears of the later term.
 *
 * Emits what a `Connection` does, and `user` ({from, to}) when the leader's connection
 * has become another user's.
 */
export class Group extends Emitter {
  /** What the leader tells. */
  static #messages = {
    state: (tab, news) => tab.#news(news),
    alive: () => {},
    event: (tab, { event, data, broadcast }) => tab.emit('event', event, data, undefined, broadcast),
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

  /** `member`: `{user, tokens}`. `name` is the same in all tabs of this user. */
  constructor(options, member, name) {
    super();
    this.#options = options;
    this.#member = member;
    this.#name = name;
  }

  join() {
    this.#mailbox = new Mailbox(this.#name, (message) => this.#receive(message));
    const mine = () => this.#greet();
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

  /** Asks the leader to connect again if it has given up. */
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

  countUnseen() {
    this.#tell({ type: 'unseen' });
  }

  /** As Channel's. */
  request(event, data, timeout, onAnswer) {
    if (this.#state !== 'connected') return Promise.reject(offline(event));
    return new Promise((resolve, reject) => {
      const call = ++this.#lastCall;
      const late = () => this.#answer({ call, error: { code: 'timeout', message: `No answer to ${event}` } });
      const timer = setTimeout(late, timeout + LEADER_TIMEOUT);
      this.#calls.set(call, { resolve, reject, timer, onAnswer });
      this.#tell({ type: 'request', call, event, data, timeout });
    });
  }

  /** Waits until this tab may lead, and again when it lost the lead. `steal`: takes the lead at once. */
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

  /** Holds a lock of the browser until this tab leaves the group or is closed. */
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
    // Not all tabs at the same moment: the others hear the first and wait.
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
      // Only the leader's own tab confirms: the others get copies.
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
    this.#greet();
    this.#probes.beat();
  }

  #forgive() {
    clearTimeout(this.#stealTimer);
    this.#stealTimer = null;
    if (!this.#leader) this.#probes.beat();
  }

  #greet() {
    this.#tell({ type: 'hello', seen: this.#options.seen });
  }

  /** Sends to the leader, which may be this tab. */
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

  /** A message from a leader makes it this tab's leader. A new one does not know this tab yet. */
  #follow(leaderId, term) {
    if (leaderId !== this.#id) this.#probes.answered();
    if (this.#stealTimer) this.#forgive();
    if (leaderId === this.#leaderId && term === this.#term) return;
    this.#term = term;
    if (this.#leader && leaderId !== this.#id) this.#stepDown();
    this.#leaderId = leaderId;
    this.#lost();
    if (!this.#leader) this.#greet();
  }

  #lost() {
    this.#failCalls('connection_lost');
    if (this.#state !== 'connected') return;
    this.emit('lost', { code: 1006, reason: 'The tab that had the connection is gone' });
    this.#keep({ ...this.#stats, carrier: null, latency: null, quality: 'unknown', uptime: 0 });
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
    else settle(waiting, answer);
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
