import { Burst } from '../src/burst.js';
import { BelfryError } from '../src/error.js';
import { compareIds } from '../src/ids.js';
import { Store } from './store.js';

const PAGE = 50;
/** In a conversation that stays open for weeks, older messages are dropped and requested again. */
const KEPT = 2000;
/** The gateway ends typing after 6 s: it is sent again before that. */
const TYPING_SAID = 4_000;

const EMPTY = { messages: [], typingUsers: [], hasMore: false, isLoading: true, error: null };

let lastTempId = 0;

/**
 * One conversation as the components of a page see it: messages oldest first, the
 * user's own at once with `status: 'sending'` (then `sent` or `failed`), and who is
 * typing. It is subscribed while a component uses it. The client fetches by itself
 * what was missed while there was no connection.
 */
export class Conversation extends Store {
  #client;
  #id;
  #registry;
  #queue;
  /** Whether the gateway has agreed to the subscription since the history was requested. */
  #isLive = false;
  #typingSaid = 0;
  #arrived = [];
  #burst = new Burst(() => this.#merge(this.#arrived.splice(0)));

  /** `registry`: the conversations in use, by their ids. */
  constructor(client, id, registry) {
    super(EMPTY);
    this.#client = client;
    this.#id = id;
    this.#registry = registry;
  }

  start() {
    const client = this.#client;
    if (!this.#registry.has(this.#id)) this.#registry.set(this.#id, this);
    const offs = [
      client.on('message', (message) => this.#mine(message) && this.#arrive(message)),
      client.on('typing', (typing) => this.#mine(typing) && this.#showTyping(typing)),
      client.on('connected', () => this.#load()),
      client.on('subscribed', ({ topic }) => topic === this.#topic && this.#joined()),
      client.on('disconnected', () => this.#left()),
      client.on('userChange', () => this.#startAnew()),
    ];
    this.#join();
    if (client.getState() === 'connected') this.#load();
    return () => {
      for (const off of offs) off();
      this.#burst.flush();
      this.#left();
      this.#queue = undefined;
      client.unsubscribe(this.#topic);
      if (this.#registry.get(this.#id) === this) this.#registry.delete(this.#id);
    };
  }

  #join() {
    this.#client.subscribe(this.#topic).catch((error) => {
      if (error.code !== 'user_changed') this.set({ error, isLoading: false });
    });
  }

  /** The user may have been invited only now, or the history was requested too early. */
  async #joined() {
    this.#isLive = true;
    if (this.#queue === undefined) return this.#load();
    if (this.get().isLoading) return undefined;
    const newest = this.get().messages.filter(isSent).at(-1);
    return this.#fetch(newest ? { after: newest.id } : {}).catch((error) => this.set({ error }));
  }

  #left() {
    this.#isLive = false;
    if (this.get().typingUsers.length) this.set({ typingUsers: [] });
  }

  /** Nothing of it belongs to the next user: the gateway decides who may read it. */
  #startAnew() {
    this.#burst.stop();
    this.#arrived = [];
    this.#queue = undefined;
    this.set(EMPTY);
    this.#join();
  }

  #arrive(message) {
    this.#arrived.push(message);
    this.#burst.call();
  }

  async send(content, { metadata } = {}) {
    const tempId = `${Date.now().toString(36)}-${++lastTempId}`;
    const message = {
      id: tempId,
      tempId,
      conversationId: this.#id,
      senderId: this.#client.session?.userId,
      content,
      metadata,
      timestamp: new Date().toISOString(),
      status: 'sending',
    };
    this.set({ messages: [...this.get().messages, message] });
    await this.#deliver(message);
  }

  /** Sends a failed message again. If the gateway has it already, it knows it by the `tempId`. */
  async retry(tempId) {
    const message = this.get().messages.find((each) => each.tempId === tempId);
    if (message?.status !== 'failed') return;
    this.#change(tempId, { status: 'sending' });
    await this.#deliver(message);
  }

  startTyping() {
    if (Date.now() - this.#typingSaid < TYPING_SAID) return;
    this.#typingSaid = Date.now();
    this.#client.startTyping(this.#id);
  }

  stopTyping() {
    if (!this.#typingSaid) return;
    this.#typingSaid = 0;
    this.#client.stopTyping(this.#id);
  }

  /** Fetches the page before the oldest message. */
  async loadOlder() {
    const [oldest] = this.get().messages;
    if (oldest && this.get().hasMore) await this.#fetch({ before: oldest.id });
  }

  get #topic() {
    return `conversation:${this.#id}`;
  }

  #mine({ conversationId }) {
    return conversationId === this.#id;
  }

  /** Once for each queue: after that, the client fetches what is missed. */
  async #load() {
    const { queue } = this.#client.session ?? {};
    if (queue === undefined || queue === this.#queue) return;
    this.set({ ...EMPTY, messages: this.get().messages.filter((each) => !isSent(each)) });
    this.#queue = queue;
    try {
      await this.#fetch({});
    } catch (error) {
      this.#queue = undefined;
      this.set({ error, isLoading: false });
    }
  }

  async #fetch(range) {
    const page = await this.#client.getMessages(this.#id, { ...range, limit: PAGE });
    this.#merge(page.messages);
    const hasMore = range.after ? this.get().hasMore : page.hasMore;
    this.set({ hasMore, isLoading: false, error: null });
  }

  async #deliver({ content, metadata, tempId }) {
    this.#typingSaid = 0;
    try {
      const { id, timestamp } = await this.#client.sendMessage(this.#id, content, { metadata, tempId });
      this.#settle(tempId, id, timestamp);
    } catch (error) {
      this.#change(tempId, { status: 'failed' });
      throw error;
    }
  }

  /** The answer and the message itself arrive in either order. */
  #settle(tempId, id, timestamp) {
    if (this.get().messages.some((each) => each.id === id)) return;
    const message = this.get().messages.find((each) => each.tempId === tempId);
    if (message) this.#merge([{ ...message, id, timestamp, status: 'sent' }]);
  }

  #merge(messages) {
    const merged = new Map(this.get().messages.map((each) => [each.id, each]));
    const me = this.#client.session?.userId;
    for (const message of messages) {
      if (message.senderId === me) merged.delete(message.tempId);
      merged.set(message.id, { status: 'sent', ...message });
    }
    const all = [...merged.values()];
    const sent = all.filter(isSent).sort((a, b) => compareIds(a.id, b.id));
    if (sent.length > KEPT) this.set({ hasMore: true });
    this.set({ messages: [...sent.slice(-KEPT), ...all.filter((each) => !isSent(each))] });
  }

  #change(tempId, change) {
    const { messages } = this.get();
    const changed = messages.map((each) => (each.tempId === tempId ? { ...each, ...change } : each));
    this.set({ messages: changed });
  }

  #showTyping({ userId, isTyping }) {
    const others = this.get().typingUsers.filter((each) => each !== userId);
    this.set({ typingUsers: isTyping ? [...others, userId] : others });
  }
}

const NOTHING = Object.freeze({ ...EMPTY, isLoading: false });
const NO_CONVERSATION = 'No conversation is chosen: useWebSocketMessages() was given no id';

/** For a component that has no conversation yet: it requests nothing. */
export const noConversation = {
  get: () => NOTHING,
  subscribe: () => () => {},
  send: () => Promise.reject(new BelfryError('no_conversation', NO_CONVERSATION)),
  retry: async () => {},
  loadOlder: async () => {},
  startTyping: () => {},
  stopTyping: () => {},
};

function isSent({ status }) {
  return status === 'sent';
}
