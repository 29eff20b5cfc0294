// Users who are each rung a few times a second: how long it takes from the return of
// COMMIT to the client's `notification` event. The writer and the real
// socket.io-client are one process, so both use the same clock; the client's own time
// is included, for every server alike.

import { setTimeout as pause } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { atEnd } from '../../tests/e2e/lib/end.mjs';
import { within } from '../../tests/e2e/lib/wait.mjs';
import { summary } from './numbers.mjs';

const INTERVAL_MS = 10;
const USERS = 10;

export const userOf = (number) => `user-${number % USERS}`;

function intoFile(rig, synchronous) {
  const statement = rig.open(rig.database, { synchronous }).prepare('INSERT INTO notifications (user_id, title, body) VALUES (?, ?, ?)');
  return (...row) => statement.run(...row);
}

export class Ring {
  #insert;
  #committed = new Map();
  #took = [];
  #number = 0;
  #awaited = { count: Infinity };

  /** `insert(user, title, body)` commits a row; by default into SQLite, with that `synchronous`. */
  constructor(rig, { synchronous, insert = intoFile(rig, synchronous) } = {}) {
    this.rig = rig;
    this.#insert = insert;
  }

  /** Connects a client for each user. */
  async connect(url) {
    const sockets = Array.from({ length: USERS }, (_, number) => {
      const socket = io(url, { transports: ['websocket'], forceNew: true, auth: { token: this.rig.token(userOf(number)) } });
      socket.on('notification', ({ title }) => this.#arrived(title, performance.now()));
      atEnd(this.rig.scope, () => socket.disconnect());
      return socket;
    });
    const connected = sockets.map((socket) => new Promise((resolve) => socket.once('connected', resolve)));
    await within(Promise.all(connected), () => 'all clients to be connected');
  }

  #arrived(title, at) {
    // It may be there before this process has read that it is committed.
    this.#took.push((at - (this.#committed.get(title) ?? at)) / 1000);
    if (this.#took.length === this.#awaited.count) this.#awaited.done();
  }

  /**
   * Inserts `count` rows, 100 a second, and returns percentiles of the seconds
   * that they took; `tell`, which may be async, does what else the server needs to
   * send one.
   */
  async run(count, tell = () => {}) {
    this.#took = [];
    const all = new Promise((done) => (this.#awaited = { count, done }));
    const start = performance.now();
    const tellings = [];
    for (let row = 0; row < count; row++) {
      await pause(Math.max(0, start + row * INTERVAL_MS - performance.now()));
      const telling = Promise.resolve(this.#one(tell));
      telling.catch(() => {}); // if it fails before it is awaited, below
      tellings.push(telling);
    }
    await within(all, () => `${count} notifications; there came ${this.#took.length}`);
    await Promise.all(tellings);
    return summary(this.#took);
  }

  async #one(tell) {
    const number = this.#number++;
    const row = { user: userOf(number), title: String(number), body: 'See you at eight' };
    await this.#insert(row.user, row.title, row.body);
    this.#committed.set(row.title, performance.now());
    return tell(row);
  }
}
