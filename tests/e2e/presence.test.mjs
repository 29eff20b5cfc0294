// Who is there: by user and not by connection, told to those who share a
// conversation, true in the table for other programs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openSite, plainClient, socketClient } from './harness.mjs';

const GRACE = { gateway: { presence_grace: '300ms' } };

async function openShared(t, { settings = GRACE } = {}) {
  const site = await openSite(t, { settings });
  await site.sql(`INSERT INTO conversations (id) VALUES ('tea');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'alice'), ('tea', 'bob')`);
  return site;
}

async function connect(t, site, user) {
  const client = socketClient(t, site.url, { auth: { token: await site.token({ sub: user }) } });
  await client.event('connected');
  return client;
}

test('a subscription begins with the present state, then hears who comes and goes', async (t) => {
  const site = await openShared(t);
  const alice = await connect(t, site, 'alice');
  await alice.ask('subscribe', 'presence:updates');
  assert.deepEqual(await alice.event('presence'), { userId: 'bob', isOnline: false, lastSeen: null });
  const bob = await connect(t, site, 'bob');
  const came = await alice.event('presence');
  assert.equal(came.userId, 'bob');
  assert.equal(came.isOnline, true);
  bob.socket.disconnect();
  const went = await alice.event('presence');
  assert.equal(went.isOnline, false);
  assert.match(went.lastSeen, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('a reload is no news, nor is a second tab', async (t) => {
  const site = await openShared(t, { settings: { gateway: { presence_grace: '2s' } } });
  const alice = await connect(t, site, 'alice');
  await alice.ask('subscribe', 'presence:updates');
  await alice.event('presence');
  const bob = await connect(t, site, 'bob');
  assert.equal((await alice.event('presence')).isOnline, true);
  const tab = await connect(t, site, 'bob');
  bob.socket.disconnect();
  tab.socket.disconnect();
  const back = await connect(t, site, 'bob');
  back.socket.disconnect();
  // The next thing heard of him is that he is gone: nothing came between.
  assert.equal((await alice.event('presence')).isOnline, false);
  assert.equal(alice.inbox.all.filter((event) => event.name === 'presence').length, 3);
});

test('strangers hear nothing of each other, until they share a conversation', async (t) => {
  const site = await openShared(t);
  const carol = await connect(t, site, 'carol');
  await carol.ask('subscribe', 'presence:updates');
  const bob = await connect(t, site, 'bob');
  assert.deepEqual(await carol.ask('presence:get', { userIds: ['bob', 'carol', 'nobody'] }).then((answer) => answer.users.map((user) => user.userId)), ['carol']);
  await site.sql(`INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'carol')`);
  await eventually(async () => (await carol.ask('presence:get', { userIds: ['bob'] })).users.length === 1, 'carol to share with bob');
  bob.socket.disconnect();
  const went = await carol.event('presence', (state) => state.userId === 'bob' && !state.isOnline);
  assert.equal(went.userId, 'bob');
});

test('who comes into a conversation while others are there hears of them, and they of them', async (t) => {
  const site = await openShared(t);
  await site.sql(`INSERT INTO conversation_members (conversation_id, user_id) VALUES ('milk', 'alice'), ('milk', 'carol')`);
  const alice = await connect(t, site, 'alice');
  assert.equal((await alice.ask('subscribe', 'presence:updates')).ok, true);
  for (let n = 0; n < 2; n++) assert.equal((await alice.event('presence')).isOnline, false);
  const others = [await connect(t, site, 'bob'), await connect(t, site, 'carol')];
  for (const client of others) assert.equal((await client.ask('subscribe', 'presence:updates')).ok, true);
  // Who shares with both has heard of both: their coming is no news any more.
  for (let n = 0; n < 2; n++) assert.equal((await alice.event('presence')).isOnline, true);
  const [bob, carol] = others;
  await site.sql(`INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'carol')`);
  assert.equal((await carol.event('presence', (state) => state.userId === 'bob')).isOnline, true);
  assert.equal((await bob.event('presence', (state) => state.userId === 'carol')).isOnline, true);
});

test('whom somebody came to share with while they reloaded hears of them at their return', async (t) => {
  const site = await openShared(t, { settings: { gateway: { presence_grace: '5s' } } });
  await site.sql(`DELETE FROM conversation_members WHERE user_id = 'bob'`);
  const [alice, bob] = [await connect(t, site, 'alice'), await connect(t, site, 'bob')];
  await alice.ask('subscribe', 'presence:updates');
  bob.socket.disconnect();
  const online = () => site.sql('SELECT user_id FROM online_users');
  await eventually(async () => (await online()).length === 1, 'bob to be seen gone');
  await site.sql(`INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'bob')`);
  await connect(t, site, 'bob');
  assert.equal((await alice.event('presence')).userId, 'bob');
});

test('who is shown somebody\'s absence hears of their return, were it the next moment', async (t) => {
  const site = await openShared(t);
  await site.sql(`INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'carol')`);
  const [alice, carol] = [await connect(t, site, 'alice'), await connect(t, site, 'carol')];
  await carol.ask('subscribe', 'presence:updates');
  const bob = await connect(t, site, 'bob');
  await carol.event('presence', (state) => state.userId === 'bob' && state.isOnline);
  bob.socket.disconnect();
  // The others are told a moment later; in between one subscribes, and he is back.
  await eventually(async () => !(await carol.ask('presence:get', { userIds: ['bob'] })).users[0].isOnline, 'bob to be offline');
  await alice.ask('subscribe', 'presence:updates');
  await alice.event('presence', (state) => state.userId === 'bob' && !state.isOnline);
  await connect(t, site, 'bob');
  await alice.event('presence', (state) => state.userId === 'bob' && state.isOnline);
});

test('a thousand users back after a crash: each hears of theirs, nobody waits, few commits', async (t) => {
  const users = 1000, circle = 20;
  const site = await openSite(t, { settings: GRACE });
  await site.sql(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${users - 1})
    INSERT INTO conversation_members (conversation_id, user_id) SELECT 'circle-' || (i / ${circle}), 'user-' || i FROM n`);
  const tokens = await Promise.all(Array.from({ length: users }, (_, i) => site.token({ sub: `user-${i}` })));
  const enter = () => Promise.all(tokens.map(async (token) => {
    const client = plainClient(t, `${site.url}/ws`, { token });
    client.socket.once('open', () => client.send('subscribe', 'presence:updates', { id: 1 }));
    await client.ack(1);
    return client;
  }));
  const crowd = await enter();
  await site.gateway.kill();
  await Promise.all(crowd.map((client) => client.closed()));
  await site.startGateway();
  const back = await enter();
  await Promise.all(back.map(async (client, i) => {
    const others = new Set();
    for (let n = 0; n < circle; n++) others.add(`user-${Math.floor(i / circle) * circle + n}`);
    others.delete(`user-${i}`);
    while (others.size > 0) {
      const state = await client.event('presence', ({ userId, isOnline }) => isOnline && others.has(userId));
      others.delete(state.userId);
    }
  }));
  await eventually(async () => (await site.sql('SELECT count(*) AS n FROM online_users'))[0].n === users, 'all to be in the view');
  const heard = back.flatMap((client) => client.inbox.all.filter(({ event }) => event === 'presence'));
  assert.ok(heard.every(({ data }) => data.isOnline || data.lastSeen), 'nobody is said to be gone for good');
  const each = heard.length / (users * (circle - 1));
  assert.ok(each <= 3, `${each} times of each`);
  const commits = await site.metric('belfry_queue_commits_total');
  assert.ok(commits < users / 2, `${commits} commits`);
  assert.equal(await site.metric('belfry_events_dropped_total'), 0);
});

test('with presence_scope = everyone all hear of all; with off, nobody', async (t) => {
  const open = await openSite(t, { settings: { gateway: { presence_scope: 'everyone', presence_grace: '100ms' } } });
  const alice = await connect(t, open, 'alice');
  await alice.ask('subscribe', 'presence:updates');
  await connect(t, open, 'carol');
  assert.equal((await alice.event('presence')).userId, 'carol');

  const closed = await openSite(t, { settings: { gateway: { presence_scope: 'off' } } });
  const bob = await connect(t, closed, 'bob');
  assert.equal((await bob.ask('subscribe', 'presence:updates')).ok, true);
  assert.deepEqual((await bob.ask('presence:get', { userIds: ['bob', 'alice'] })).users, []);
});

test('the table is true for other programs, and repaired after kill -9', async (t) => {
  const site = await openShared(t);
  await connect(t, site, 'alice');
  await connect(t, site, 'alice');
  const online = () => site.sql('SELECT user_id, connections FROM online_users').then((rows) => JSON.stringify(rows));
  await eventually(async () => (await online()).includes('"connections":2'), 'two connections in the view');
  await site.gateway.kill();
  await site.startGateway();
  // At once, and not when the dead one has been silent for 15 seconds.
  await eventually(async () => (await online()) === '[]', 'nobody to be online', 10_000);
  assert.deepEqual(await site.sql('SELECT DISTINCT connections FROM presence'), [{ connections: 0 }]);
});
