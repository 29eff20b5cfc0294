// What an application does in its own transactions holds up nobody but those who need
// the very rows that it has locked.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSite, plainClient, socketClient } from './harness.mjs';

test('an application that holds the lock on a row delays the mark of that row alone', async (t) => {
  const site = await openSite(t, { postgres: true });
  const deaf = plainClient(t, `${site.url}/ws`, { token: await site.token(), autoPong: false });
  await deaf.event('connected');
  const locked = await site.insert('alice', 'Locked');
  await deaf.event('notification');
  deaf.terminate?.();
  const shop = await site.postgres.connect(t, site.client.database);
  await shop.query(`BEGIN; SELECT FROM belfry.notifications WHERE id = ${locked} FOR UPDATE`);

  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.inbox.find((each) => each.name === 'notification' && each.args[0].id === locked, 'the locked row');
  for (let i = 0; i < 5; i++) {
    const id = await site.insert('alice', `Free ${i}`);
    await alice.inbox.find((each) => each.name === 'notification' && each.args[0].id === id, 'the next row');
    await site.status(id, 'delivered');
  }
  assert.equal((await site.row(locked)).status, 'pending');
  await shop.query('COMMIT');
  await site.status(locked, 'delivered');
});

test('who marks a locked row as read waits, and others do not', async (t) => {
  const site = await openSite(t, { postgres: true });
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  const bob = socketClient(t, site.url, { auth: { token: await site.token({ sub: 'bob' }) } });
  for (const each of [alice, bob]) await each.event('connected');
  const locked = await site.insert('alice', 'Locked');
  await alice.event('notification');
  await site.status(locked, 'delivered');
  const shop = await site.postgres.connect(t, site.client.database);
  await shop.query(`BEGIN; SELECT FROM belfry.notifications WHERE id = ${locked} FOR UPDATE`);
  let answer;
  const read = alice.ask('notification:mark_read', { ids: [locked] }).then((value) => { answer = value; });
  for (let i = 0; i < 5; i++) {
    const id = await site.insert('bob', `Free ${i}`);
    await bob.event('notification');
    assert.equal((await bob.ask('notification:mark_read', { ids: [id] })).ok, true);
  }
  assert.equal(answer, undefined);
  await shop.query('COMMIT');
  await read;
  assert.equal(answer.ok, true);
  assert.equal((await site.row(locked)).status, 'read');
});
