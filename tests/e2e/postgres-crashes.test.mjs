// A ledger kept through crashes: while rows are committed and people talk, one of two
// gateways, the PostgreSQL server, or a backend of it is killed, by turns. At the end
// every row that was committed has been heard, none that was not, and every message that
// was acknowledged is stored, once.
//
// CRASH_KILLS=200 makes it longer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { atEnd, eventually, openSite, socketClient } from './harness.mjs';

const KILLS = Number(process.env.CRASH_KILLS ?? 9);
const USERS = ['alice', 'bob', 'carol'];
/** What has to happen between two kills, so that each meets work under way. */
const STEPS = 10;
const PATIENCE_MS = 60_000;
const RECONNECT = { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 100 };

/** An application: commits row after row for everybody, whatever becomes of its connection. */
class Publisher {
  committed = new Map(); // title: user
  #going = true;

  constructor(site, name) {
    Object.assign(this, { site, name });
    this.ended = this.#run();
  }

  async #run() {
    let client;
    for (let n = 0; this.#going; n++) {
      const [user, title] = [USERS[n % USERS.length], `${this.name} ${n}`];
      try {
        client ??= await this.site.postgres.open(this.site.client.database, 'shop');
        await client.query('INSERT INTO belfry.notifications (user_id, title) VALUES ($1, $2)', [user, title]);
        this.committed.set(title, user);
      } catch {
        // Whether it was committed, only the table can say.
        await client?.end().catch(() => {});
        client = undefined;
      }
      await pause(5);
    }
    await client?.end().catch(() => {});
  }

  stop() {
    this.#going = false;
    return this.ended;
  }
}

/** A person with a device on each carrier, who says one thing after the other, each until it is acknowledged. */
class Person {
  titles = new Set();
  acknowledged = new Map(); // tempId: id
  #going = true;

  constructor(t, site, user, token) {
    Object.assign(this, { user });
    const devices = ['websocket', 'polling'].map((carrier) => socketClient(t, site.url, { transports: [carrier], auth: { token, ack: true }, ...RECONNECT }));
    for (const { socket } of devices) {
      socket.on('notification', ({ title }, acknowledge) => {
        this.titles.add(title);
        acknowledge();
      });
    }
    [{ socket: this.socket }] = devices;
    this.ended = this.#talk();
  }

  async #talk() {
    for (let n = 0; this.#going; n++) {
      const tempId = `${this.user} ${n}`;
      while (this.#going && !this.acknowledged.has(tempId)) await this.#say(tempId);
      await pause(20);
    }
  }

  async #say(tempId) {
    try {
      const answer = await this.socket.timeout(2000).emitWithAck('message:send', { conversationId: 'tea', content: tempId, tempId });
      if (answer.ok) this.acknowledged.set(tempId, answer.id);
    } catch {
      // No answer: it is said again.
    }
  }

  stop() {
    this.#going = false;
    return this.ended;
  }
}

const kinds = {
  gateway: (site, n) => site.gateway.killOne(n % 2),
  server: async (site) => {
    await site.postgres.stop('SIGQUIT');
    await site.postgres.start();
  },
  /** A killed backend takes all others with it, and the server recovers. */
  backend: async (site) => {
    const client = await eventually(() => site.postgres.open('postgres').catch(() => null), 'the server to be back');
    const { rows } = await client.query("SELECT pid FROM pg_stat_activity WHERE usename IN ('gate', 'shop') ORDER BY random() LIMIT 1");
    for (const { pid } of rows) process.kill(pid, 'SIGKILL');
    await client.end().catch(() => {});
  },
};

const sum = (list, count) => list.reduce((total, each) => total + count(each), 0);

test(`nothing is lost over ${KILLS} kills of a gateway, the server and a backend`, async (t) => {
  const site = await openSite(t, { postgres: 'own', gateways: 2, settings: { gateway: { rate: 1000, burst: 1000 } } });
  await site.sql(`INSERT INTO conversations (id) VALUES ('tea');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'alice'), ('tea', 'bob'), ('tea', 'carol')`);
  const publishers = ['one', 'two'].map((name) => new Publisher(site, name));
  const people = await Promise.all(USERS.map(async (user) => new Person(t, site, user, await site.token({ sub: user }))));
  const all = [...publishers, ...people];
  atEnd(t, () => Promise.all(all.map((each) => each.stop())));
  const committed = () => sum(publishers, (each) => each.committed.size);
  const heard = () => sum(people, ({ titles }) => titles.size);
  const said = () => sum(people, ({ acknowledged }) => acknowledged.size);

  for (let n = 0; n < KILLS; n++) {
    const before = [committed(), heard(), said()];
    const [kind, kill] = Object.entries(kinds)[n % 3];
    await eventually(() => [committed(), heard(), said()].every((count, i) => count >= before[i] + STEPS), `work after ${n} kills`, PATIENCE_MS);
    await kill(site, n, kind);
  }
  await Promise.all(all.map((each) => each.stop()));
  await eventually(() => site.reconnect().then(() => true, () => false), 'the server to be back', PATIENCE_MS);

  const isOver = async () => (await site.sql("SELECT count(*) AS n FROM notifications WHERE status = 'pending'"))[0].n === 0;
  await eventually(isOver, 'all rows to be delivered', PATIENCE_MS).catch(() => {});
  const rows = await site.sql('SELECT user_id, title FROM notifications');
  const stored = new Set(rows.map(({ title }) => title));
  const titlesOf = Object.fromEntries(people.map(({ user, titles }) => [user, titles]));
  const lost = rows.filter(({ user_id: user, title }) => !titlesOf[user].has(title));
  const undone = publishers.flatMap((each) => [...each.committed.keys()]).filter((title) => !stored.has(title));
  const invented = people.flatMap(({ titles }) => [...titles]).filter((title) => !stored.has(title));
  const messages = await site.sql('SELECT id, client_ref FROM messages');
  const unkept = people.flatMap(({ acknowledged }) => [...acknowledged]).filter(([ref, id]) => !messages.some((row) => row.client_ref === ref && row.id === Number(id)));
  const doubled = messages.length - new Set(messages.map((row) => row.client_ref)).size;
  t.diagnostic(`${rows.length} rows, ${messages.length} messages`);
  assert.deepEqual({ lost, undone, invented, unkept, doubled }, { lost: [], undone: [], invented: [], unkept: [], doubled: 0 });
});
