// Random changes by SQL and by the page, with lost connections and everything late: at the end, the page shows what the
// table says, and at every moment what the user has just done.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dice } from '../../tests/e2e/lib/model/dice.mjs';
import { BelfryClient } from '../src/index.js';
import { Clock } from './support/clock.mjs';
import { FakeGateway } from './support/fake-gateway.mjs';
import { fakeWebSockets } from './support/fake-websocket.mjs';

const STEPS = 400;
const SEEDS = Number(process.env.SEEDS ?? 25);

async function play(t, seed) {
  const { below: random, pick, weighted } = dice(seed);
  const clock = new Clock(t);
  const sockets = fakeWebSockets();
  const gateway = new FakeGateway();
  const client = new BelfryClient({ url: 'ws://x/ws', token: () => ({ token: 't', expiresIn: 1e9 }), WebSocket: sockets.WebSocket });
  t.after(() => client.disconnect());
  client.on('error', () => {});
  const rung = [];
  client.on('notification', ({ id }) => { rung.push(id); });
  /** Rows that may ring more than once, or not at all. */
  const touched = new Set();
  const rowOf = (fits = () => true) => {
    const rows = [...gateway.table.rows.values()].filter(fits);
    return pick(rows)?.id;
  };
  const live = (row) => !row.archivedAt;
  const withRow = (fits, run) => {
    const id = rowOf(fits);
    if (!id) return;
    touched.add(id);
    run(id);
  };
  const shownId = () => pick(client.notifications)?.id;
  /** Not awaited: the answer is one of the next steps. */
  const byPage = (method, id = shownId()) => {
    if (!id) return;
    touched.add(id);
    client[method]([id]).catch(() => {});
  };
  const connect = async () => {
    const { length } = sockets.opened;
    while (sockets.opened.length === length) await clock.advance(1_000);
    gateway.connect(sockets.last);
    await clock.advance(0);
  };
  const settle = async () => {
    gateway.tell();
    for (let quiet = 0; quiet < 2; quiet = gateway.isQuiet ? quiet + 1 : 0) {
      gateway.hear();
      gateway.reach();
      gateway.tell();
      await clock.advance(gateway.isQuiet ? 11_000 : 0);
      if (!gateway.isConnected) await connect();
    }
  };

  const acts = [
    [6, () => gateway.insert()],
    [3, () => gateway.setTitle(rowOf(live), `title ${random(1000)}`)],
    [2, () => withRow(live, (id) => gateway.delete(id))],
    [1, () => withRow(live, (id) => gateway.setArchived(id, true))],
    [1, () => withRow((row) => row.archivedAt, (id) => gateway.setArchived(id, false))],
    [2, () => withRow((row) => live(row) && row.status !== 'pending', (id) => gateway.setRead(id, random(2) === 0))],
    [1, () => withRow((row) => live(row) && row.status !== 'pending', (id) => gateway.setBack(id))],
    [3, () => byPage('markNotificationsRead')],
    [2, () => byPage('markNotificationsUnread')],
    [2, () => byPage('archiveNotifications')],
    [2, () => byPage('unarchiveNotifications', rowOf((row) => row.archivedAt))],
    [1, () => { client.loadMore(5).catch(() => {}); }],
    [6, () => gateway.tell()],
    [20, () => gateway.hear()],
    [30, () => gateway.reach()],
    [1, async () => { gateway.disconnect(); if (random(2)) gateway.insert(); withRow(live, (id) => gateway.delete(id)); await connect(); }],
  ];

  client.connect();
  await clock.advance(0);
  gateway.connect(sockets.last);
  await clock.advance(0);
  await settle();
  const loaded = client.loadMore(100);
  await settle();
  await loaded;
  for (let step = 0; step < STEPS; step++) {
    const [, act] = weighted(acts);
    await act();
    await clock.advance(0);
  }
  await settle();
  const shown = client.notifications.map(({ id, title, read }) => `${id} ${title} ${read}`);
  const table = gateway.table.list({ limit: 10_000 }).notifications.map(({ id, title, status }) => `${id} ${title} ${status === 'read'}`);
  assert.deepEqual(shown, table, `seed ${seed}`);
  assert.equal(client.unreadCount, gateway.unread, `seed ${seed}`);
  const untouched = (ids) => ids.filter((id) => !touched.has(id)).sort();
  assert.deepEqual(untouched(rung), untouched([...gateway.table.rows.keys()]), `seed ${seed}: each rings once`);
}

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`what the page shows at the end is what the table says: seed ${seed}`, (t) => play(t, seed));
}
