// `notify = no`: the gateway looks for new rows itself, and pgbouncer in transaction mode
// may stand between it and the server.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { eventually, openSite, plainClient, socketClient } from './harness.mjs';
import { atEnd } from './lib/end.mjs';
import { startPgbouncer } from './lib/pgbouncer.mjs';

const POLL_MS = 3000;

test('nobody wakes the gateway: rows come all the same, and soon while others come', async (t) => {
  const site = await openSite(t, { postgres: true, settings: { queue: { notify: 'no', poll_interval: `${POLL_MS}ms` } } });
  for (const each of ['notifications', 'broadcasts', 'messages', 'changes']) await site.sql(`ALTER TABLE ${each} DISABLE TRIGGER ${each}_wake`);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  await site.insert('alice', 'At rest');
  await alice.event('notification');
  const before = Date.now();
  for (let i = 0; i < 10; i++) {
    const id = await site.insert('alice', `Busy ${i}`);
    assert.equal((await alice.event('notification')).id, id);
    await site.status(id, 'delivered');
  }
  // At poll_interval it would have been ten times as long.
  assert.ok(Date.now() - before < 2 * POLL_MS, `it took ${Date.now() - before} ms`);
});

/** Others use the pool at the same time, so that the gateway's next transaction gets another session. */
async function useThePool(t, url) {
  let ends = false;
  const clients = await Promise.all([1, 2, 3].map(async () => {
    const client = new pg.Client(url);
    client.on('error', () => {});
    await client.connect();
    return client;
  }));
  const loops = clients.map(async (client) => {
    while (!ends) await client.query('BEGIN; SELECT pg_sleep(0.002); COMMIT').catch(() => { ends = true; });
  });
  atEnd(t, async () => {
    ends = true;
    await Promise.all(loops);
    for (const client of clients) client.end().catch(() => {});
  });
}

test('pgbouncer in transaction mode stands in between', async (t) => {
  const site = await openSite(t, { postgres: true, gateway: false });
  const bouncer = await startPgbouncer(t, site.postgres, ['gate']);
  const url = bouncer.url('gate', site.client.database);
  const { host, port } = Object.fromEntries(new URLSearchParams(url.split('?')[1]));
  site.configure({ belfry: { database: url }, queue: { notify: 'no', poll_interval: '100ms' } });
  await site.startGateway();
  await useThePool(t, { host, port: Number(port), user: 'gate', database: site.client.database });

  await site.sql(`INSERT INTO conversations (id) VALUES ('c');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('c', 'alice'), ('c', 'bob')`);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  const bob = socketClient(t, site.url, { auth: { token: await site.token({ sub: 'bob' }) } });
  for (const each of [alice, bob]) {
    await each.event('connected');
    assert.equal((await each.ask('subscribe', { topic: 'conversation:c' })).ok, true);
  }
  for (let i = 0; i < 20; i++) {
    const id = await site.insert('alice', `Row ${i}`);
    assert.equal((await alice.event('notification')).id, id);
    await site.status(id, 'delivered');
    assert.equal((await alice.ask('message:send', { conversationId: 'c', content: `Message ${i}` })).ok, true);
    assert.equal((await bob.event('message')).content, `Message ${i}`);
    assert.equal((await alice.ask('notification:mark_read', { ids: [id] })).ok, true);
  }
  await site.sql(`INSERT INTO broadcasts (topic, event, data) VALUES ('*', 'hello', '{"n": 1}')`);
  assert.equal((await alice.event('hello')).n, 1);
  await eventually(async () => (await site.sql('SELECT recipients FROM broadcasts'))[0].recipients === 2, 'the mark');
  const { notifications } = await alice.ask('notification:list', { limit: 100 });
  assert.equal(notifications.length, 20);
  assert.ok(notifications.every((each) => each.createdAt?.endsWith('Z') || each.timestamp?.endsWith('Z')));

  await bouncer.restart();
  const id = await site.insert('alice', 'After the pooler was restarted');
  await alice.inbox.find((each) => each.name === 'notification' && each.args[0].id === id, 'the row');
  await site.status(id, 'delivered');
});
