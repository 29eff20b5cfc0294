import { Backoff } from './backoff.js';
import { BelfryError, isLost, isPassing } from './error.js';
import { compareIds, SeenIds } from './ids.js';
import { Paced } from './paced.js';

const CONVERSATION = 'conversation:';
const PAGE = 100;
/** A topic that is joined again so soon after it was left is kept for a moment the next time it is left. */
const CHURN = 5_000;
const LINGER = 2_000;
const LONGEST_PAUSE = 10_000;

/**
 * The topics that this page wants, whether or not there is a connection: every new
 * connection joins them again. A conversation remembers its last message that has
 * no gap before it, and another topic its last broadcast, so that everything missed
 * meanwhile is fetched, and nothing arrives twice.
 *
 * Calls are counted: a topic is left once `remove` has been called as often as
 * `add`. One that is refused stays wanted: the next `add` asks again, and for a
 * conversation the next connection does, since the user may have been invited.
 *
 * Uses `request(event, data)`; passes new messages to `onMessage`, and each topic to
 * `onJoined` once the gateway has agreed.
 */
export class Subscriptions {
  #request;
  #onMessage;
  #onJoined;
  #onError;
  #topics = new Map();
  /** Broadcasts to topics that every connection has, and to conversations: the gateway sends them anew on each. */
  #seen = new SeenIds();
  /** When each topic was left last. */
  #left = new Map();
  #paced = new Paced();

  constructor({ request, onMessage, onJoined, onError }) {
    this.#request = request;
    this.#onMessage = onMessage;
    this.#onJoined = onJoined;
    this.#onError = onError;
  }

  /**
   * Resolves once the gateway has agreed and nothing will be missed from then on, even if that is after a
   * reconnect; rejects if it refuses.
   */
  add(topic, since, online) {
    const wanted = this.#topics.get(topic) ?? this.#make(topic, since);
    wanted.owners++;
    clearTimeout(wanted.lingering);
    if (wanted.refused || wanted.doubtful) this.#promise(wanted);
    else if (wanted.owners > 1 || wanted.asked) return wanted.joined;
    wanted.refused = wanted.doubtful = false;
    if (online) this.#join(wanted);
    return wanted.joined;
  }

  /** Never fails: a subscription that cannot be ended has already ended with its connection. */
  async remove(topic) {
    const wanted = this.#topics.get(topic);
    if (!wanted || (wanted.owners > 0 && --wanted.owners > 0)) return;
    clearTimeout(wanted.lingering);
    if (Date.now() - this.#left.get(topic) < CHURN) {
      wanted.lingering = setTimeout(() => this.#leave(wanted), LINGER);
    } else await this.#leave(wanted);
  }

  /** A new connection has joined none of them. */
  restore() {
    this.#paced.restart();
    for (const wanted of this.#topics.values()) {
      clearTimeout(wanted.retrying);
      wanted.asked = wanted.doubtful = false;
      if (!wanted.owners) this.#drop(wanted);
      else if (!wanted.refused || isConversation(wanted)) this.#join(wanted);
    }
  }

  /** The gateway has ended the subscription, or, if it does not say which, that of some conversation. */
  ended(topic) {
    for (const wanted of this.#topics.values()) {
      if (topic ? wanted.topic !== topic : !isConversation(wanted)) continue;
      if (topic) wanted.refused = true;
      else wanted.doubtful = true;
      wanted.asked = false;
    }
  }

  /** Ids of another queue mean nothing here: there is no gap to fill. */
  forget() {
    for (const wanted of this.#topics.values()) {
      wanted.since = wanted.latest = undefined;
      wanted.seen.clear();
    }
    this.#seen.clear();
  }

  /** They belonged to the previous user. */
  clear() {
    for (const wanted of this.#topics.values()) {
      wanted.reject(new BelfryError('user_changed', 'Another user has signed in', { topic: wanted.topic }));
      this.#drop(wanted);
    }
    this.#left.clear();
    this.#seen.clear();
    this.#paced.restart();
  }

  message(message, broadcast) {
    const wanted = this.#topics.get(CONVERSATION + message.conversationId);
    if (!wanted || broadcast || this.#arrived(wanted, message.id)) this.#onMessage(message, broadcast);
  }

  /** False if it has arrived before. */
  broadcast({ broadcastId, topic }) {
    const wanted = this.#topics.get(topic);
    return wanted && !isConversation(wanted) ? this.#arrived(wanted, broadcastId) : this.#seen.add(broadcastId);
  }

  #arrived(wanted, id) {
    const isNew = wanted.seen.add(id);
    wanted.latest = later(wanted.latest, id);
    if (!wanted.catchingUp) wanted.since = wanted.latest;
    return isNew;
  }

  #make(topic, after) {
    const since = after === undefined ? undefined : String(after);
    const wanted = { topic, since, latest: since, owners: 0, seen: new SeenIds(), backoff: new Backoff() };
    this.#promise(wanted);
    this.#topics.set(topic, wanted);
    return wanted;
  }

  #promise(wanted) {
    wanted.joined = new Promise((resolve, reject) => Object.assign(wanted, { resolve, reject }));
    // A caller that does not await it learns of a refusal by the event `error`.
    wanted.joined.catch(() => {});
  }

  #drop(wanted) {
    clearTimeout(wanted.lingering);
    clearTimeout(wanted.retrying);
    wanted.resolve(null);
    if (this.#isWanted(wanted)) this.#topics.delete(wanted.topic);
  }

  async #leave(wanted) {
    const { topic, asked } = wanted;
    this.#drop(wanted);
    this.#rememberLeaving(topic);
    if (asked) await this.#request('unsubscribe', { topic }).catch(() => {});
  }

  #rememberLeaving(topic) {
    const now = Date.now();
    for (const [each, at] of this.#left) {
      if (now - at < CHURN) break;
      this.#left.delete(each);
    }
    this.#left.delete(topic);
    this.#left.set(topic, now);
  }

  #isWanted(wanted) {
    return this.#topics.get(wanted.topic) === wanted;
  }

  async #join(wanted) {
    const call = (wanted.call = {});
    const current = () => this.#isWanted(wanted) && wanted.call === call;
    clearTimeout(wanted.retrying);
    // What arrives meanwhile does not move the cursor until the gap before it is filled.
    wanted.catchingUp = Boolean(wanted.since);
    try {
      const answer = await this.#paced.run(() => current() && this.#ask(wanted));
      if (!current()) return;
      wanted.refused = false;
      // Until it has found its place, what comes while there is no connection would be missed.
      if (wanted.since || !isConversation(wanted)) wanted.resolve(answer);
      this.#onJoined(wanted.topic);
      await (isConversation(wanted) ? this.#catchUp : this.#replay).call(this, wanted, current, answer);
      if (!current()) return;
      wanted.resolve(answer);
      wanted.backoff = new Backoff();
    } catch (error) {
      if (current()) this.#failed(wanted, error);
    }
  }

  #ask(wanted) {
    const { topic, since } = wanted;
    wanted.asked = true;
    return this.#request('subscribe', since ? { topic, since } : { topic });
  }

  async #catchUp(wanted, current, { hasMore }) {
    if (wanted.since) await this.#fetchMissed(wanted, current, hasMore);
    else await this.#findPlace(wanted, current);
    if (!current()) return;
    wanted.since = wanted.latest ?? '0';
    wanted.catchingUp = false;
  }

  /**
   * The broadcasts that were missed follow each answer by themselves; `upTo` is the last of a hundred.
   * A stream may bring them after the answer to the POST, and a new one before: the cursor follows
   * only what comes after the last answer.
   */
  async #replay(wanted, current, { hasMore, upTo }) {
    let { since } = wanted;
    while (hasMore && upTo) {
      since = upTo;
      const ask = () => current() && this.#request('subscribe', { topic: wanted.topic, since });
      ({ hasMore, upTo } = await this.#paced.run(ask, { later: true }));
      if (!current()) return;
    }
    if (wanted.catchingUp) wanted.since = wanted.latest = since;
    wanted.catchingUp = false;
  }

  async #fetchMissed(wanted, current, hasMore) {
    for (let after = wanted.since, more = hasMore; more; ) {
      const page = await this.#history(wanted, current, { after, limit: PAGE });
      if (!current()) return;
      for (const message of page.messages) {
        this.message(message);
        after = later(after, message.id);
      }
      more = page.hasMore && page.messages.length;
    }
  }

  /** Starts at the newest message: what is missed from now on comes after it. */
  async #findPlace(wanted, current) {
    const page = await this.#history(wanted, current, { limit: 1 });
    if (!current()) return;
    for (const { id } of page.messages) wanted.latest = later(wanted.latest, id);
  }

  /** After all joins, which somebody waits for. */
  #history(wanted, current, range) {
    const conversationId = wanted.topic.slice(CONVERSATION.length);
    const ask = () => current() && this.#request('message:history', { conversationId, ...range });
    return this.#paced.run(ask, { later: true });
  }

  #failed(wanted, error) {
    if (isLost(error)) return;
    if (isPassing(error)) {
      wanted.retrying = setTimeout(() => this.#join(wanted), wanted.backoff.next(LONGEST_PAUSE));
      return;
    }
    const isNews = !wanted.refused;
    wanted.refused = true;
    wanted.asked = false;
    error.topic = wanted.topic;
    wanted.reject(error);
    // It is asked again on each connection, but reported once.
    if (isNews || !wanted.told) this.#onError(error);
    wanted.told = true;
  }
}

function isConversation({ topic }) {
  return topic.startsWith(CONVERSATION);
}

function later(a, b) {
  return a === undefined || compareIds(a, b) < 0 ? b : a;
}
