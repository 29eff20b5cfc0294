// Who is online: the table says so, and the last event that a subscriber received about
// each user who shares a conversation with them is true; they receive none about others.

import { Members } from './members.mjs';
import { USERS } from './world.mjs';

/** How late an event may come on a loaded machine. */
const LATE_MS = 5000;

export class Presence {
  #wrong = [];
  actions = [];

  constructor(world) {
    this.world = world;
    this.members = world.area(Members);
  }

  meet(connection) {
    connection.words = new Map(); // by user: the last event
  }

  async enter(connection) {
    const answer = await connection.ask('subscribe', 'presence:updates');
    connection.listens = answer?.ok === true;
  }

  hear(connection, event, data) {
    if (event !== 'presence') return;
    connection.words.set(data.userId, { isOnline: data.isOnline, at: Date.now() });
    if (!this.members.mayHaveShared(connection.user, data.userId, Date.now() - LATE_MS)) this.#wrong.push(`${connection} heard of ${data.userId}, a stranger`);
  }

  #isOnline(user) {
    return this.world.live(user).length > 0;
  }

  async missing() {
    return [...this.#unheard(), ...(await this.#untrue()), ...(await this.#misanswered())];
  }

  #unheard() {
    return this.world.live().flatMap((connection) => this.members.contacts(connection.user)
      .filter((user) => connection.listens && !this.#isTrue(connection, user))
      .map((user) => `${connection} believes that ${user} is online: ${connection.words.get(user)?.isOnline}`));
  }

  /** Only contacts are checked: once two share a conversation again, they receive events about each other again. */
  #isTrue(connection, user) {
    return (connection.words.get(user)?.isOnline ?? false) === this.#isOnline(user);
  }

  async #untrue() {
    const rows = await this.world.shell.rows('SELECT user_id, connections FROM online_users');
    const said = new Map(rows.map(({ user_id: user, connections }) => [user, connections]));
    return USERS.filter((user) => (said.get(user) ?? 0) !== this.world.live(user).length)
      .map((user) => `the table says ${said.get(user)} connections of ${user}, there are ${this.world.live(user).length}`);
  }

  async #misanswered() {
    const [connection] = this.world.live();
    const answer = await connection.ask('presence:get', { userIds: USERS });
    const got = (answer?.users ?? []).map(({ userId, isOnline }) => `${userId} ${isOnline}`).sort();
    const wanted = [connection.user, ...this.members.contacts(connection.user)].map((user) => `${user} ${this.#isOnline(user)}`).sort();
    return String(got) === String(wanted) ? [] : [`${connection} was answered that ${got}, not ${wanted}`];
  }

  wrong() {
    return this.#wrong;
  }
}
