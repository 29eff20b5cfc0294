import { Store } from './store.js';

const TOPIC = 'presence:updates';
const ASKED_AT_ONCE = 100;

/** Who is online, of those with whom the user shares a conversation, and of those asked about. */
export class PresenceStore extends Store {
  #client;
  #asked = new Set();

  constructor(client) {
    super({});
    this.#client = client;
  }

  start() {
    const offs = [
      this.#client.on('presence', (user) => this.#know([user])),
      this.#client.on('connected', () => this.#ask([...this.#asked])),
    ];
    // Without the right to it, what is asked about is still answered.
    this.#client.subscribe(TOPIC).catch(() => {});
    return () => {
      for (const off of offs) off();
      this.#asked.clear();
      this.#client.unsubscribe(TOPIC).catch(() => {});
    };
  }

  /** Wants to know of these too, now and after each reconnect. */
  ask(userIds) {
    const fresh = userIds.filter((id) => !this.#asked.has(id));
    for (const id of fresh) this.#asked.add(id);
    if (this.#client.getState() === 'connected') this.#ask(fresh);
  }

  async #ask(userIds) {
    for (let at = 0; at < userIds.length; at += ASKED_AT_ONCE) {
      const page = userIds.slice(at, at + ASKED_AT_ONCE);
      this.#know(await this.#client.getPresence(page).catch(() => []));
    }
  }

  #know(users) {
    this.set(Object.fromEntries(users.map((user) => [user.userId, user])));
  }
}
