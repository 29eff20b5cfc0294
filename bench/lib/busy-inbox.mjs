// node busy-inbox.mjs URL TOKEN DATABASE USER: a page of this user, and a writer that
// changes the user's rows, 1,000 a second, each in a transaction of its own, from
// SIGUSR2 until SIGTERM. At the end, prints how many rows it wrote and how many
// updates the page received. A process of its own, so that it takes no time of the
// clients that are measured.

import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { io } from 'socket.io-client';

const TICK_MS = 10;
const ROWS_A_TICK = 10;
const SETTLE_MS = 1000;

const [url, token, file, user] = process.argv.slice(2);
const database = new Database(file, { timeout: 5000 });
database.pragma('synchronous = normal');
const ids = database.prepare('SELECT id FROM notifications WHERE user_id = ?').pluck().all(user);
const update = database.prepare('UPDATE notifications SET title = ? WHERE id = ?');

let [written, updates, isOver] = [0, 0, false];
const page = io(url, { transports: ['websocket'], auth: { token } });
page.on('notification:update', () => updates++);
page.once('connected', () => page.emit('notification:list', { limit: 100 }, () => console.log('open')));
page.on('disconnect', (reason) => isOver || console.log(`the page was disconnected: ${reason}`));

/** At an even pace: a tick that comes late writes what was due before, too. */
async function write() {
  const start = performance.now();
  while (!isOver) {
    const due = (Math.floor((performance.now() - start) / TICK_MS) + 1) * ROWS_A_TICK;
    for (; written < due; written++) update.run(`Changed, ${written}`, ids[Math.floor(Math.random() * ids.length)]);
    await pause(TICK_MS);
  }
}

process.once('SIGUSR2', write);
process.once('SIGTERM', async () => {
  isOver = true;
  await pause(SETTLE_MS);
  page.disconnect();
  console.log(JSON.stringify({ written, updates }));
  database.close();
});
