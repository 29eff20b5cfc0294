// Who was a member of which conversation, and when: by the clock, as far as that is
// known, and exactly, by the messages before and after.

import { quoted } from './shell.mjs';
import { USERS } from './world.mjs';

export const CONVERSATIONS = ['tea', 'cup', 'pot'];

export class Members {
  #turns = new Map(); // by conversation and user: { joins, asked, done, boundary }, in order

  constructor(world) {
    this.world = world;
    this.actions = [[4, () => this.#turn()]];
  }

  turns(conversation, user) {
    const key = `${conversation}/${user}`;
    if (!this.#turns.has(key)) this.#turns.set(key, []);
    return this.#turns.get(key);
  }

  async begin() {
    await this.world.shell.rows(`INSERT INTO conversations (id) VALUES ${CONVERSATIONS.map((id) => `('${id}')`).join(', ')}`);
    for (const conversation of CONVERSATIONS) {
      for (const user of USERS.slice(0, 3)) await this.#change(conversation, user, true);
    }
  }

  #turn() {
    const [conversation, user] = [this.world.random.pick(CONVERSATIONS), this.world.random.pick(USERS)];
    const isMember = this.turns(conversation, user).at(-1)?.joins ?? false;
    // Users who are out are soon added again.
    if (isMember && this.world.random.chance(0.5)) return undefined;
    return this.#change(conversation, user, !isMember);
  }

  async #change(conversation, user, joins) {
    const turn = { joins, asked: Date.now(), done: Infinity, boundary: Infinity };
    this.turns(conversation, user).push(turn);
    const row = `(${quoted(conversation)}, ${quoted(user)})`;
    const [{ boundary }] = await this.world.shell.rows(`${this.world.site.dialect.begin}; ${
      joins ? `INSERT INTO conversation_members (conversation_id, user_id) VALUES ${row}`
        : `DELETE FROM conversation_members WHERE (conversation_id, user_id) = ${row}`
    }; ${this.world.site.dialect.lastMessage}; COMMIT`);
    Object.assign(turn, { done: Date.now(), boundary });
  }

  /** Whether the user was a member from one moment to another: true, false, or null if uncertain. */
  during(conversation, user, from, to = from) {
    let is = false;
    for (const { joins, asked, done } of this.turns(conversation, user)) {
      if (asked > to) break;
      if (done >= from) return null;
      is = joins;
    }
    return is;
  }

  now(conversation, user) {
    return this.during(conversation, user, Date.now());
  }

  /** Whether a subscription that was requested before could receive that message at that time. */
  mayHear(conversation, user, id, at, subscribed) {
    return this.turns(conversation, user).every(({ joins, boundary, asked }, index, all) => {
      const back = all[index + 1];
      return joins || asked < subscribed || id <= boundary || (back && back.asked <= at);
    });
  }

  /** Users who share a conversation with this one now. */
  contacts(user) {
    return USERS.filter((other) => other !== user
      && CONVERSATIONS.some((id) => this.now(id, user) && this.now(id, other)));
  }

  /** Whether the two may have shared a conversation at some time since then. */
  mayHaveShared(user, other, since) {
    return CONVERSATIONS.some((id) => [user, other].every((each) => this.during(id, each, since, Date.now()) !== false));
  }

  missing() {
    return [];
  }

  wrong() {
    return [];
  }
}
