// Two gateways on one PostgreSQL queue: a user's devices are one, whichever gateway
// each of them has come to. What every table of these tests says of one gateway is
// not repeated here: this is about what crosses from one to the other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openSite, plainClient, socketClient } from './harness.mjs';

/** A site with two gateways, `site.gateways`, each with its `url`, `ops` and `program`. */
async function openTwo(t, gateway = {}, options = {}) {
  const site = await openSite(t, { postgres: true, gateway: false, settings: { gateway: { presence_grace: '300ms', ...gateway } }, ...options });
  site.gateways = [];
  for (let i = 0; i < 2; i++) {
    const program = await site.startGateway();
    site.gateways.push({ url: site.url, ops: site.ops, program });
  }
  await site.sql(`INSERT INTO conversations (id) VALUES ('tea');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'alice'), ('tea', 'bob'), ('tea', 'carol')`);
  return site;
}

/** A device of that user at one of the gateways, in the conversation. */
async function connect(t, site, user, which) {
  const client = socketClient(t, site.gateways[which].url, { auth: { token: await site.token({ sub: user }) } });
  await client.event('connected');
  assert.equal((await client.ask('subscribe', 'conversation:tea')).ok, true);
  return client;
}

const heard = (client, name) => client.inbox.all.filter((event) => event.name === name).map((event) => event.args[0]);
const typing = (userId, isTyping) => ({ userId, conversationId: 'tea', isTyping });

test('who types at one gateway is seen at the other, once', async (t) => {
  const site = await openTwo(t);
  const alice = await connect(t, site, 'alice', 0);
  const bob = await connect(t, site, 'bob', 1);
  for (let i = 0; i < 3; i++) assert.equal((await alice.ask('typing:start', { conversationId: 'tea' })).ok, true);
  assert.deepEqual(await bob.event('typing'), typing('alice', true));
  await alice.ask('typing:stop', { conversationId: 'tea' });
  assert.deepEqual(await bob.event('typing'), typing('alice', false));
  await alice.ask('typing:start', { conversationId: 'tea' });
  assert.deepEqual(await bob.event('typing'), typing('alice', true));
  await alice.ask('message:send', { conversationId: 'tea', content: 'Hello' });
  assert.deepEqual(await bob.event('typing'), typing('alice', false));
  await bob.event('message');
  assert.equal(heard(bob, 'typing').length, 4);
  assert.equal(heard(alice, 'typing').length, 0);
});

test('who types on devices at both gateways begins once, and ends with the last', async (t) => {
  const site = await openTwo(t);
  const devices = [await connect(t, site, 'alice', 0), await connect(t, site, 'alice', 1)];
  const others = [await connect(t, site, 'bob', 0), await connect(t, site, 'carol', 1)];
  const all = (isTyping) => Promise.all(others.map(async (other) => assert.deepEqual(await other.event('typing', (state) => state.userId === 'alice'), typing('alice', isTyping))));
  await devices[0].ask('typing:start', { conversationId: 'tea' });
  await all(true);
  await devices[1].ask('typing:start', { conversationId: 'tea' });
  // What bob says behind it has crossed behind it.
  const passed = async () => {
    await others[0].ask('typing:start', { conversationId: 'tea' });
    await devices[1].event('typing', (state) => state.isTyping);
    await others[1].ask('typing:start', { conversationId: 'tea' });
    await devices[0].event('typing', (state) => state.userId === 'carol' && state.isTyping);
  };
  await passed();
  await devices[0].ask('typing:stop', { conversationId: 'tea' });
  await devices[1].ask('typing:stop', { conversationId: 'tea' });
  await all(false);
  for (const other of others) {
    assert.deepEqual(heard(other, 'typing').filter((state) => state.userId === 'alice'), [typing('alice', true), typing('alice', false)]);
  }
});

test('who may log in can pretend that somebody types, and wake gateways, and no more', async (t) => {
  const site = await openTwo(t);
  const bob = await connect(t, site, 'bob', 1);
  await site.sql('DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN; SELECT 1');
  const stranger = await site.postgres.connect(t, site.client.database, 'stranger');
  const live = (said) => stranger.query("SELECT pg_notify('belfry_live', $1)", [`a-gateway ${JSON.stringify(said)}`]);
  for (const channel of ['belfry', 'belfry_presence', 'belfry_sessions']) await stranger.query(`NOTIFY ${channel}`);
  await live({ type: 'message', userId: 'alice', conversationId: 'tea', content: 'Hello' });
  await live({ type: 'presence', userId: 'alice', isOnline: true });
  await live({ type: 'typing', ...typing('alice', true) });
  assert.deepEqual(await bob.event('typing'), typing('alice', true));
  for (const name of ['message', 'presence', 'notification']) assert.equal(heard(bob, name).length, 0);
  await assert.rejects(stranger.query('SELECT FROM belfry.notifications'), /permission denied/);
});

const subscribePresence = async (client) => assert.equal((await client.ask('subscribe', 'presence:updates')).ok, true);
const of = (userId) => (state) => state.userId === userId;
/** What that client has heard of that user, without the state it began with. */
const states = (client, userId) => heard(client, 'presence').filter(of(userId)).map((state) => state.isOnline);

test('a user with devices at both gateways comes once and goes once, for everybody', async (t) => {
  const site = await openTwo(t);
  const others = [await connect(t, site, 'bob', 0), await connect(t, site, 'carol', 1)];
  for (const other of others) {
    await subscribePresence(other);
    assert.equal((await other.event('presence', of('alice'))).isOnline, false);
  }
  const devices = [];
  for (const which of [0, 1]) {
    devices.push(await connect(t, site, 'alice', which));
    await eventually(async () => (await site.sql("SELECT connections FROM online_users WHERE user_id = 'alice'"))[0]?.connections === which + 1, 'the device to be counted');
  }
  for (const other of others) {
    assert.equal((await other.event('presence', of('alice'))).isOnline, true);
    const { users } = await other.ask('presence:get', { userIds: ['alice', 'bob', 'carol'] });
    assert.deepEqual(users.map((user) => user.isOnline), [true, true, true]);
  }
  devices[0].socket.disconnect();
  await eventually(async () => (await site.sql("SELECT connections FROM online_users WHERE user_id = 'alice'"))[0]?.connections === 1, 'one device to be gone');
  devices[1].socket.disconnect();
  for (const other of others) {
    const went = await other.event('presence', of('alice'));
    assert.equal(went.isOnline, false);
    assert.ok(Date.parse(went.lastSeen) > Date.now() - 60_000);
    assert.deepEqual(states(other, 'alice'), [false, true, false]);
  }
});

test('who comes to one gateway sees who is at the other, and a new member is introduced', async (t) => {
  const site = await openTwo(t);
  const alice = await connect(t, site, 'alice', 0);
  await eventually(async () => (await site.sql('SELECT * FROM online_users')).length === 1, 'alice to be there');
  const bob = await connect(t, site, 'bob', 1);
  await subscribePresence(bob);
  assert.equal((await bob.event('presence', of('alice'))).isOnline, true);
  await site.sql("INSERT INTO conversation_members (conversation_id, user_id) VALUES ('milk', 'dave'), ('milk', 'bob')");
  const dave = socketClient(t, site.gateways[0].url, { auth: { token: await site.token({ sub: 'dave' }) } });
  await dave.event('connected');
  assert.equal((await bob.event('presence', (state) => state.userId === 'dave' && state.isOnline)).isOnline, true);
  await site.sql("DELETE FROM conversation_members WHERE conversation_id = 'tea' AND user_id = 'bob'");
  await eventually(async () => (await bob.ask('presence:get', { userIds: ['alice'] })).users.length === 0, 'bob to be a stranger to alice');
  alice.socket.disconnect();
  dave.socket.disconnect();
  assert.equal((await bob.event('presence', (state) => !state.isOnline && state.userId !== 'carol')).userId, 'dave');
});

test('a user who goes from one gateway to the other stays online', async (t) => {
  const site = await openTwo(t, { presence_grace: '2s' });
  const bob = await connect(t, site, 'bob', 1);
  await subscribePresence(bob);
  let alice = await connect(t, site, 'alice', 0);
  assert.equal((await bob.event('presence', (state) => state.userId === 'alice' && state.isOnline)).isOnline, true);
  for (const which of [1, 0, 1]) {
    alice.socket.disconnect();
    alice = await connect(t, site, 'alice', which);
  }
  alice.socket.disconnect();
  assert.equal((await bob.event('presence', of('alice'))).isOnline, false);
  assert.deepEqual(states(bob, 'alice').slice(-2), [true, false]);
  assert.equal(states(bob, 'alice').filter(Boolean).length, 1);
});

test('kill -9 of a gateway: its users go offline within the time, once, and who came to the other stays', async (t) => {
  const site = await openTwo(t);
  const bob = await connect(t, site, 'bob', 1);
  await subscribePresence(bob);
  const lost = [await connect(t, site, 'alice', 0), await connect(t, site, 'carol', 0)];
  for (const user of ['alice', 'carol']) assert.equal((await bob.event('presence', (state) => state.userId === user && state.isOnline)).isOnline, true);
  await lost[0].ask('typing:start', { conversationId: 'tea' });
  assert.deepEqual(await bob.event('typing'), typing('alice', true));
  const killed = Date.now();
  await site.gateways[0].program.kill();
  await connect(t, site, 'carol', 1);
  assert.deepEqual(await bob.inbox.next((event) => event.name === 'typing', 'the end of typing', 12_000).then((event) => event.args[0]), typing('alice', false));
  const went = (await bob.inbox.next((event) => event.name === 'presence', 'alice to be gone', 30_000)).args[0];
  assert.equal(went.userId, 'alice');
  assert.equal(went.isOnline, false);
  assert.ok(Date.now() - killed < 25_000);
  assert.ok(Date.parse(went.lastSeen) < killed + 1000, 'last seen with the last sign of life of its gateway');
  assert.deepEqual((await site.sql('SELECT user_id FROM online_users ORDER BY user_id')).map((row) => row.user_id), ['bob', 'carol']);
  assert.equal((await site.sql('SELECT * FROM gateways')).length, 1);
  assert.deepEqual(states(bob, 'alice').filter((isOnline, i, all) => i > 0 && !isOnline), [false]);
});

test('a gateway that was thought dead is heard of again', async (t) => {
  const site = await openTwo(t);
  const bob = await connect(t, site, 'bob', 1);
  await subscribePresence(bob);
  await connect(t, site, 'alice', 0);
  assert.equal((await bob.event('presence', (state) => state.userId === 'alice' && state.isOnline)).isOnline, true);
  await site.sql("DELETE FROM gateways WHERE instance = (SELECT instance FROM presence WHERE user_id = 'alice' AND connections > 0)");
  await site.sql("UPDATE presence SET connections = 0, txid = DEFAULT WHERE user_id = 'alice'");
  assert.equal((await bob.event('presence', of('alice'))).isOnline, false);
  assert.equal((await bob.event('presence', of('alice'))).isOnline, true);
});

test('a user has at most so many connections, counted at both gateways', async (t) => {
  const site = await openTwo(t, { max_connections_per_user: '3' });
  for (const which of [0, 0, 1]) {
    const count = (await site.sql("SELECT coalesce(sum(connections), 0)::int AS n FROM presence WHERE user_id = 'alice'"))[0].n;
    await connect(t, site, 'alice', which);
    await eventually(async () => (await site.sql("SELECT sum(connections)::int AS n FROM presence WHERE user_id = 'alice'"))[0].n > count, 'it to be counted');
  }
  await eventually(async () => {
    for (const { url } of site.gateways) {
      const more = socketClient(t, url, { auth: { token: await site.token() } });
      const { name } = await more.inbox.next((event) => ['connected', 'connect_error', 'disconnect'].includes(event.name), 'an answer');
      more.socket.disconnect();
      if (name === 'connected') return false;
    }
    return true;
  }, 'both to refuse a fourth');
});

const titles = (client) => client.notifications().map((row) => row.title);

/** Two devices of alice, one at each gateway, which know of each other. */
async function devicesAtBoth(t, site) {
  const devices = [await connect(t, site, 'alice', 0), await connect(t, site, 'alice', 1)];
  await eventually(async () => (await site.sql("SELECT sum(connections)::int AS n FROM presence WHERE user_id = 'alice'"))[0].n === 2, 'both to be counted');
  const watcher = await connect(t, site, 'bob', 0);
  await subscribePresence(watcher);
  await watcher.event('presence', (state) => state.userId === 'alice' && state.isOnline);
  return devices;
}

test('what one gateway has delivered before the other looks comes to the devices of both', async (t) => {
  const site = await openTwo(t);
  const devices = await devicesAtBoth(t, site);
  // The second gateway stands still while the first delivers and marks.
  site.gateways[1].program.signal('SIGSTOP');
  const ids = [];
  for (let i = 0; i < 3; i++) ids.push(await site.insert('alice', `New ${i}`));
  for (const id of ids) await site.status(id, 'delivered');
  site.gateways[1].program.signal('SIGCONT');
  for (const device of devices) for (const id of ids) assert.equal((await device.event('notification')).id, id);
  await site.insert('alice', 'Last');
  for (const device of devices) {
    assert.equal((await device.event('notification')).title, 'Last');
    assert.deepEqual(titles(device), ['New 0', 'New 1', 'New 2', 'Last']);
  }
});

test('what becomes due, or is set back, comes to the devices at both, whichever gateway is first', async (t) => {
  const site = await openTwo(t);
  const devices = await devicesAtBoth(t, site);
  const [{ id: later }] = await site.sql("INSERT INTO notifications (user_id, title, deliver_after) VALUES ('alice', 'Later', clock_timestamp() + interval '1 second') RETURNING id");
  const old = await site.insert('alice', 'Old');
  for (const device of devices) assert.equal((await device.event('notification')).title, 'Old');
  await site.status(old, 'delivered');
  site.gateways[1].program.signal('SIGSTOP');
  await site.status(later, 'delivered');
  await site.sql(`UPDATE notifications SET status = 'pending' WHERE id = ${old}`);
  await site.status(old, 'delivered');
  site.gateways[1].program.signal('SIGCONT');
  for (const device of devices) {
    const again = [await device.event('notification'), await device.event('notification')];
    assert.deepEqual(again.map((row) => row.title).sort(), ['Later', 'Old']);
  }
  await site.insert('alice', 'Last');
  for (const device of devices) {
    assert.equal((await device.event('notification')).title, 'Last');
    assert.equal(titles(device).length, 4);
  }
});

test('a message that is repeated at the other gateway is stored once, and all see one order', async (t) => {
  const site = await openTwo(t);
  const devices = [await connect(t, site, 'alice', 0), await connect(t, site, 'alice', 1)];
  const others = [await connect(t, site, 'bob', 0), await connect(t, site, 'carol', 1)];
  const COUNT = 30;
  for (let i = 0; i < COUNT; i++) {
    const both = await Promise.all(devices.map((device) => device.ask('message:send', { conversationId: 'tea', content: `Message ${i}`, tempId: `t${i}` })));
    assert.deepEqual(both.map((answer) => answer.ok), [true, true]);
    assert.equal(both[0].id, both[1].id);
  }
  assert.equal((await site.sql('SELECT count(*)::int AS n FROM messages'))[0].n, COUNT);
  // Different messages at the same time: nobody knows their order beforehand, but all see the same one.
  await Promise.all([0, 1].flatMap((which) => Array.from({ length: COUNT }, (_, i) => devices[which].ask('message:send', { conversationId: 'tea', content: `${which}: ${i}`, tempId: `u${which}-${i}` }))));
  const stored = (await site.sql('SELECT content FROM messages ORDER BY id')).map((row) => row.content);
  assert.equal(stored.length, 3 * COUNT);
  for (const each of [...others, ...devices]) {
    await eventually(async () => heard(each, 'message').length >= stored.length, 'all messages');
    assert.deepEqual(heard(each, 'message').map((message) => message.content), stored);
  }
});

test('a broadcast whose transaction was open for more than a minute is sent at both, and added up', async (t) => {
  const site = await openTwo(t);
  const devices = [await connect(t, site, 'alice', 0), await connect(t, site, 'bob', 1)];
  const slow = await site.postgres.connect(t, site.client.database);
  await slow.query('BEGIN');
  // As if a minute had passed since: the clock of the server cannot be set.
  const { rows } = await slow.query(`INSERT INTO belfry.broadcasts (topic, event, created_at)
    VALUES ('*', 'hello', clock_timestamp() - interval '2 minutes') RETURNING id`);
  await site.sql("INSERT INTO broadcasts (topic, event) VALUES ('*', 'others')");
  for (const device of devices) await device.event('others');
  await slow.query('COMMIT');
  for (const device of devices) await device.event('hello');
  const sent = await eventually(async () => (await site.sql(`SELECT * FROM broadcasts WHERE id = ${rows[0].id} AND recipients = 2`))[0], 'both to be added up');
  assert.ok(sent.sent_at);
  // One that is old, and not for a long transaction, is late.
  const [{ id }] = await site.sql("INSERT INTO broadcasts (topic, event, created_at) VALUES ('*', 'old', clock_timestamp() - interval '2 minutes') RETURNING id");
  const late = await eventually(async () => (await site.sql(`SELECT * FROM broadcasts WHERE id = ${id} AND sent_at IS NOT NULL`))[0], 'it to be marked');
  assert.equal(late.recipients, 0);
  for (const device of devices) assert.deepEqual(heard(device, 'hello').length + heard(device, 'old').length, 1);
});

test('what is seen, archived, put back, changed and taken away is so on the devices at both', async (t) => {
  const site = await openTwo(t);
  const devices = [];
  for (const { url } of site.gateways) {
    const device = socketClient(t, url, { auth: { token: await site.token(), seen: true } });
    await device.event('connected');
    devices.push(device);
  }
  const [here, there] = devices;
  const hears = (name, fits) => there.inbox.find((event) => event.name === name && fits(event.args[0]), `${name} at the other gateway`);
  const ids = [];
  for (let i = 0; i < 3; i++) ids.push(await site.insert('alice', `New ${i}`));
  for (const device of devices) for (const id of ids) assert.equal((await device.event('notification')).id, id);
  await hears('notification:unseen_count', (count) => count === 3);
  assert.equal((await here.ask('notification:mark_seen')).ok, true);
  await there.inbox.next((event) => event.name === 'notification:unseen_count' && event.args[0] === 0, 'nothing to be unseen');
  assert.equal((await here.ask('notification:archive', { ids: [ids[0]] })).ok, true);
  await hears('notification:remove', ({ ids: gone, reason }) => reason === 'archived' && gone.includes(ids[0]));
  assert.equal((await here.ask('notification:unarchive', { ids: [ids[0]] })).ok, true);
  await hears('notification:update', (row) => row.id === ids[0]);
  await site.sql(`UPDATE notifications SET title = 'Changed' WHERE id = ${ids[1]}`);
  for (const device of devices) await device.event('notification:update', (row) => row.id === ids[1] && row.title === 'Changed');
  await site.sql(`DELETE FROM notifications WHERE id = ${ids[2]}`);
  for (const device of devices) await device.event('notification:remove', ({ ids: gone }) => gone.includes(ids[2]));
  const lists = await Promise.all(devices.map((device) => device.ask('notification:list', {})));
  assert.deepEqual(lists[1].notifications, lists[0].notifications);
  assert.equal(lists[0].notifications.length, 2);
});

test('a revocation closes the devices at both; a logout those of its session', async (t) => {
  const site = await openTwo(t, {}, { auth: true });
  const web = await site.startWeb('lighttpd');
  const tokenOf = async ({ cookie }) => {
    const { token } = await (await fetch(`${web}/api/websocket/auth`, { headers: { cookie } })).json();
    site.secrets.add(token);
    return token;
  };
  const over = await site.session('alice');
  const other = await site.session('alice');
  const open = async (session) => {
    const token = await tokenOf(session);
    const devices = site.gateways.map(({ url }) => plainClient(t, `${url}/ws`, { token }));
    for (const device of devices) await device.event('connected');
    return devices;
  };
  const [gone, kept] = [await open(over), await open(other)];
  const sessions = (await site.belfry(['session', 'list', '--json'])).stdout.trim().split('\n').map((line) => JSON.parse(line));
  await site.belfry(['session', 'revoke', String(Math.min(...sessions.map(({ id }) => id)))]);
  for (const device of gone) assert.deepEqual((await device.closed()).reason, 'session_over');
  await site.insert('alice', 'Still here');
  for (const device of kept) assert.equal((await device.event('notification')).title, 'Still here');
  await site.sql("INSERT INTO revocations (user_id) VALUES ('alice')");
  for (const device of kept) assert.equal((await device.closed()).close, 4403);
});

for (const notify of ['yes', 'no']) {
  test(`notify = ${notify}: a gateway that was frozen while changes were removed begins anew; the other does not`, async (t) => {
    const site = await openTwo(t, {}, { settings: { gateway: { presence_grace: '300ms' }, queue: { notify } } });
    const token = await site.token({ sub: 'alice' });
    const alice = socketClient(t, site.gateways[0].url, { auth: { token } });
    await alice.event('connected');
    const [bob, carol] = [await connect(t, site, 'bob', 0), await connect(t, site, 'carol', 1)];
    const [frozen] = site.gateways;
    frozen.program.signal('SIGSTOP');
    await site.sql("INSERT INTO revocations (user_id) VALUES ('alice'); DELETE FROM conversation_members WHERE user_id = 'bob'");
    const [{ snapshot }] = await site.sql('SELECT pg_current_snapshot()::text AS snapshot');
    // The other has read what is behind that, and so misses nothing.
    await site.insert('carol', 'Behind that');
    await carol.event('notification');
    await site.sql(`UPDATE epoch SET removed = '${snapshot}'; DELETE FROM changes`);
    frozen.program.signal('SIGCONT');
    for (const client of [alice, bob]) await client.event('disconnect');
    const refused = socketClient(t, frozen.url, { auth: { token } });
    assert.equal((await refused.event('connect_error')).data.code, 'session_revoked');
    const back = socketClient(t, frozen.url, { auth: { token: await site.token({ sub: 'bob' }) } });
    await back.event('connected');
    assert.equal((await back.ask('subscribe', 'conversation:tea')).code, 'forbidden');
    await site.insert('bob', 'Goes on');
    assert.equal((await back.event('notification')).title, 'Goes on');
    assert.deepEqual(heard(carol, 'disconnect'), []);
    assert.match(frozen.program.output, /changes were removed before this gateway had read them/);
  });
}
