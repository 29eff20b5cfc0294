import { compareIds, SeenIds } from './ids.js';

const CONVERSATION = 'conversation:';
const PAGE = 100;
/** The next connection asks again anyway. */
const LOST = new Set(['connection_lost', 'offline']);
/** So it does after these, which say nothing against the topic itself. */
const PASSING = new Set(['timeout', 'unavailable', 'rate_limited']);

/**
 * The topics this page wants, whether or not there is a connection: each is
 * asked for again on every new one. Conversations remember the last message
 * without a gap before it, so that what was missed meanwhile is fetched, all
 * of it, and nothing comes twice.
 *
 * Uses `request(event, data)`; gives messages that are new to `onMessage`.
 */
export class Subscriptions {
  #request;
  #onMessage;
  #onError;
  #topics = new Map();
  #round;

  constructor({ request, onMessage, onError }) {
    this.#request = request;
    this.#onMessage = onMessage;
    this.#onError = onError;
  }

  /** Resolves once the gateway has agreed, be it after a reconnect; rejects if it refuses. */
  add(topic, since, online) {
    const known = this.#topics.get(topic);
    if (known) return known.joined;
    const wanted = { topic, since, latest: since, seen: new SeenIds(), catchingUp: false };
    wanted.joined = new Promise((resolve, reject) => Object.assign(wanted, { resolve, reject }));
    // Who does not wait for it hears of a refusal by the event `error` alone.
    wanted.joined.catch(() => {});
    this.#topics.set(topic, wanted);
    if (online) this.#join(wanted);
    return wanted.joined;
  }

  /** True if it was one. */
  remove(topic) {
    const wanted = this.#topics.get(topic);
    wanted?.resolve(null);
    return this.#topics.delete(topic);
  }

  /** One after the other: the gateway bounds how much it takes at once. */
  async restore() {
    const round = (this.#round = {});
    for (const wanted of this.#topics.values()) {
      if (round === this.#round) await this.#join(wanted);
    }
  }

  /** Ids of another queue mean nothing: there is no gap to be filled. */
  forget() {
    for (const wanted of this.#topics.values()) {
      wanted.since = wanted.latest = undefined;
      wanted.seen.clear();
    }
  }

  message(message) {
    const wanted = this.#topics.get(CONVERSATION + message.conversationId);
    if (wanted) {
      if (!wanted.seen.add(message.id)) return;
      wanted.latest = later(wanted.latest, message.id);
      if (!wanted.catchingUp) wanted.since = wanted.latest;
    }
    this.#onMessage(message);
  }

  async #join(wanted) {
    const { topic, since } = wanted;
    const conversation = topic.startsWith(CONVERSATION) && topic.slice(CONVERSATION.length);
    try {
      wanted.catchingUp = Boolean(conversation);
      const answer = await this.#request('subscribe', since ? { topic, since } : { topic });
      if (conversation) await this.#catchUp(wanted, conversation, answer);
      wanted.resolve(answer);
    } catch (error) {
      this.#failed(wanted, error);
    }
  }

  /** Messages that come live meanwhile move no cursor until the gap before them is closed. */
  async #catchUp(wanted, conversationId, { hasMore }) {
    if (wanted.since) await this.#fetchMissed(wanted, conversationId, hasMore);
    else await this.#findPlace(wanted, conversationId);
    wanted.since = wanted.latest ?? '0';
    wanted.catchingUp = false;
  }

  async #fetchMissed(wanted, conversationId, hasMore) {
    for (let after = wanted.since, more = hasMore; more; ) {
      const range = { conversationId, after, limit: PAGE };
      const page = await this.#request('message:history', range);
      if (this.#topics.get(wanted.topic) !== wanted) return;
      for (const message of page.messages) {
        this.message(message);
        after = later(after, message.id);
      }
      more = page.hasMore && page.messages.length;
    }
  }

  /** The newest message there is: what is missed from here on comes after it. */
  async #findPlace(wanted, conversationId) {
    const page = await this.#request('message:history', { conversationId, limit: 1 });
    for (const { id } of page.messages) wanted.latest = later(wanted.latest, id);
  }

  #failed(wanted, error) {
    if (LOST.has(error.code)) return;
    this.#onError(error);
    if (PASSING.has(error.code)) return;
    if (this.#topics.get(wanted.topic) === wanted) this.#topics.delete(wanted.topic);
    wanted.reject(error);
  }
}

function later(a, b) {
  return a === undefined || compareIds(a, b) < 0 ? b : a;
}
