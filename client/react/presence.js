import { Burst } from '../src/burst.js';
import { Store } from './store.js';

const TOPIC = 'presence:updates';
const ASKED_AT_ONCE = 100;

/** Who is online among the users who share a conversation with this one, and among those asked about. */
export class PresenceStore extends Store {
  #client;
  #asked = new Set();
  /** Received and not shown yet: a burst is shown as one change. */
  #fresh = {};
  #burst = new Burst(() => this.#show());

  constructor(client) {
    super({});
    this.#client = client;
  }

  start() {
    const offs = [
      this.#client.on('presence', (user) => this.#know([user])),
      this.#client.on('connected', () => this.#ask([...this.#asked])),
      this.#client.on('userChange', () => this.#forget()),
    ];
    this.#join();
    return () => {
      for (const off of offs) off();
      this.#burst.flush();
      this.#asked.clear();
      this.#client.unsubscribe(TOPIC);
    };
  }

  /** Asks about these users, too, now and after each reconnect. */
  ask(userIds) {
    const fresh = userIds.filter((id) => !this.#asked.has(id));
    for (const id of fresh) this.#asked.add(id);
    if (this.#client.getState() === 'connected') this.#ask(fresh);
  }

  #join() {
    // Even if the subscription is refused, questions about users are answered.
    this.#client.subscribe(TOPIC).catch(() => {});
  }

  /** What one user may know about others is not shown to the next. */
  #forget() {
    this.#burst.stop();
    this.#fresh = {};
    this.replace({});
    this.#join();
  }

  async #ask(userIds) {
    for (let at = 0; at < userIds.length; at += ASKED_AT_ONCE) {
      const page = userIds.slice(at, at + ASKED_AT_ONCE);
      this.#know(await this.#client.getPresence(page).catch(() => []));
    }
  }

  #know(users) {
    for (const user of users) this.#fresh[user.userId] = user;
    this.#burst.call();
  }

  #show() {
    const fresh = this.#fresh;
    this.#fresh = {};
    this.set(fresh);
  }
}
