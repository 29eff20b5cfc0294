// Broadcasts, any event to any topic by INSERT: connections in the audience receive
// each once, others never, and one with an expiry also reaches those who join later.

import { quoted } from './shell.mjs';
import { USERS } from './world.mjs';

const EVENT = 'model:note';
const STANDING_MAX = 6;
const FAR = '2099-01-01T00:00:00.000Z';

/** Who may join a topic, and which topics have to be joined to receive its broadcasts. */
const TOPICS = [
  { topic: '*', of: () => true },
  { topic: 'public:news', joined: true, of: () => true },
  { topic: 'role:admin', joined: true, of: (user) => user === 'carol' },
  ...USERS.map((user) => ({ topic: `user:${user}:notifications`, of: (other) => other === user })),
];
const JOINABLE = TOPICS.filter(({ joined }) => joined);

export class Broadcasts {
  #notes = [];
  #wrong = [];

  constructor(world) {
    this.world = world;
    this.actions = [[4, () => this.#insert()], [2, () => this.#leave()]];
  }

  meet(connection) {
    connection.notes = new Map(); // by broadcast: how often it was received
    connection.topics = new Map(); // by topic: when it was joined, when left
  }

  async enter(connection) {
    await Promise.all(JOINABLE.map(async ({ topic, of }) => {
      connection.topics.set(topic, { asked: Date.now(), since: Infinity, until: Infinity });
      const answer = await connection.ask('subscribe', topic);
      if (answer && answer.ok !== of(connection.user)) this.#wrong.push(`${topic} said ${JSON.stringify(answer)} to ${connection}`);
      if (answer?.ok) connection.topics.get(topic).since = Date.now();
    }));
  }

  hear(connection, event, data) {
    if (event === EVENT) connection.notes.set(data.number, (connection.notes.get(data.number) ?? 0) + 1);
  }

  #leave() {
    const tab = this.world.someTab((each) => each.connection.topics.get('public:news')?.since < Infinity);
    if (!tab) return;
    tab.connection.topics.get('public:news').until = Date.now();
    tab.connection.emit('unsubscribe', { topic: 'public:news' });
  }

  async #insert() {
    const { random, shell } = this.world;
    const [kind, stands] = [random.pick(TOPICS), random.chance(0.2)];
    const isStanding = stands && this.#notes.filter((each) => each.stands).length < STANDING_MAX;
    const note = { ...kind, number: this.#notes.length, stands: isStanding, before: Date.now() };
    this.#notes.push(note);
    await shell.rows(`INSERT INTO broadcasts (topic, event, data, expires_at) VALUES
      (${quoted(note.topic)}, '${EVENT}', '{"number":${note.number}}', ${quoted(isStanding ? FAR : null)})`);
  }

  /** From when and until when the connection is in the audience; `earliest` is when that may have begun. */
  #stay(connection, { topic, joined, of }) {
    if (!of(connection.user)) return null;
    if (joined) return connection.topics.get(topic) ?? null;
    return { since: connection.since, until: Infinity };
  }

  missing() {
    const missing = [];
    for (const connection of this.world.live()) {
      for (const note of this.#notes) {
        const stay = this.#stay(connection, note);
        const isOwed = stay && stay.until === Infinity && (note.stands ? stay.since < Infinity : stay.since < note.before);
        if (isOwed && !connection.notes.has(note.number)) missing.push(`note ${note.number} to ${note.topic} at ${connection}`);
      }
    }
    return missing;
  }

  wrong() {
    for (const connection of this.world.connections) {
      for (const [number, times] of connection.notes) {
        const note = this.#notes[number];
        if (times > 1) this.#wrong.push(`note ${number} to ${note.topic} came ${times} times to ${connection}`);
        if (!this.#stay(connection, note)) this.#wrong.push(`note ${number} to ${note.topic} came to ${connection}`);
      }
    }
    return this.#wrong;
  }
}
