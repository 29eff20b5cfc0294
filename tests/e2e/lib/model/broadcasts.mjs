// Broadcasts, any event to any topic by INSERT: connections in the audience receive
// each once, others never, and one with an expiry also reaches those who join later. A
// tab that comes back says which was the last that it had, and gets those behind it.

import { quoted } from './shell.mjs';
import { USERS } from './world.mjs';

const EVENT = 'model:note';
const STANDING_MAX = 30; // below what is replayed at once
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
  #notes = []; // by number
  #names = []; // what connections were told of the rows
  #wrong = [];

  constructor(world) {
    this.world = world;
    this.actions = [[4, () => this.#insert()], [2, () => this.#leave()]];
  }

  meet(connection) {
    connection.tab.notes ??= new Set();
    connection.notes = new Map(); // by broadcast: how often it was received
    connection.topics = new Map(); // by topic: when it was joined, when left, behind which broadcast
  }

  async enter(connection) {
    await Promise.all(JOINABLE.map((topic) => this.#join(connection, topic)));
  }

  async #join(connection, { topic, of }) {
    const last = connection.tab.memory.get(topic);
    const stay = { asked: Date.now(), since: Infinity, until: Infinity, behind: last ?? 0 };
    connection.topics.set(topic, stay);
    const answer = await connection.ask('subscribe', last === undefined ? topic : { topic, since: String(last) });
    if (answer && answer.ok !== of(connection.user)) this.#wrong.push(`${topic} said ${JSON.stringify(answer)} to ${connection}`);
    if (answer?.ok) stay.since = Date.now();
  }

  hear(connection, event, data, { broadcastId, topic } = {}) {
    if (event !== EVENT) return;
    connection.notes.set(data.number, (connection.notes.get(data.number) ?? 0) + 1);
    const { memory, notes } = connection.tab;
    notes.add(data.number);
    const [id, joined] = [Number(broadcastId), connection.topics.get(topic)];
    // A gateway that read it later than the one before sends it once more.
    const mayRepeat = this.world.site.seats.length > 1;
    if (joined && id <= joined.behind && !mayRepeat) this.#wrong.push(`note ${data.number}, ${id}, came to ${connection}, which had asked for those behind ${joined.behind}`);
    memory.set(topic, Math.max(memory.get(topic) ?? 0, id));
    this.#names.push({ number: data.number, id, topic, connection });
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
    const [{ id }] = await shell.rows(`INSERT INTO broadcasts (topic, event, data, expires_at) VALUES
      (${quoted(note.topic)}, '${EVENT}', '{"number":${note.number}}', ${quoted(isStanding ? FAR : null)}) RETURNING id`);
    note.id = id;
  }

  /** From when and until when the connection is in the audience. */
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
        // Of a topic that is joined, standing ones come once to a tab, and else to each connection.
        const notes = note.stands && note.joined ? connection.tab.notes : connection.notes;
        if (isOwed && !notes.has(note.number)) missing.push(`note ${note.number} to ${note.topic} at ${connection}`);
      }
    }
    return missing;
  }

  wrong() {
    for (const { number, id, topic, connection } of this.#names.splice(0)) {
      const note = this.#notes[number];
      if (note.id !== id || note.topic !== topic) this.#wrong.push(`note ${number} was ${id} to ${topic} at ${connection}, not ${note.id} to ${note.topic}`);
    }
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
