// The queue in PostgreSQL: what an application inserts there reaches the browser as it
// does from a file, whatever becomes of the gateway, the server or the order of commits.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openSite, plainClient, socketClient, testCarriers } from './harness.mjs';

const open = (t, options) => openSite(t, { postgres: true, gateways: 1, ...options });

testCarriers('a row that a publisher commits is delivered, confirmed and marked', async (t) => {
  const site = await open(t);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  const shop = await site.postgres.connect(t, site.client.database, 'shop');
  const { rows } = await shop.query(`INSERT INTO belfry.notifications (user_id, title, data)
    VALUES ('alice', 'Invoice 4711 is paid', '{"url": "/invoices/4711"}') RETURNING id`);
  const heard = await alice.event('notification');
  assert.equal(heard.id, String(rows[0].id));
  assert.deepEqual(heard.data, { url: '/invoices/4711' });
  const row = await site.status(heard.id, 'delivered');
  assert.equal(row.attempts, 1);
  assert.match(row.delivered_at, /^20\d\d-/);
});

test('what is rolled back with the business row was never there', async (t) => {
  const site = await open(t);
  await site.sql('CREATE TABLE invoices (id int)');
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  await site.client.query('BEGIN');
  await site.insert('alice', 'Rolled back');
  await site.sql('INSERT INTO invoices VALUES (1)');
  await site.client.query('ROLLBACK');
  await site.insert('alice', 'Committed');
  assert.equal((await alice.event('notification')).title, 'Committed');
});

test('users who are offline get it when they reconnect, once', async (t) => {
  const site = await open(t);
  const id = await site.insert('alice', 'While away');
  const first = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  assert.equal((await first.event('notification')).id, id);
  await site.status(id, 'delivered');
  const second = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await second.event('connected');
  await site.insert('alice', 'New');
  assert.equal((await second.event('notification')).title, 'New');
});

test('a row whose transaction was open while others committed is neither lost nor doubled', async (t) => {
  const site = await open(t);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  const slow = await site.postgres.connect(t, site.client.database);
  await slow.query('BEGIN');
  const first = await slow.query("INSERT INTO belfry.notifications (user_id, title) VALUES ('alice', 'First drawn') RETURNING id");
  const titles = [];
  for (const title of ['Second', 'Third']) {
    const id = await site.insert('alice', title);
    assert.ok(Number(id) > first.rows[0].id);
    titles.push((await alice.event('notification')).title);
    await site.status(id, 'delivered');
  }
  await slow.query('COMMIT');
  titles.push((await alice.event('notification')).title);
  await site.status(first.rows[0].id, 'delivered');
  await site.insert('alice', 'Last');
  titles.push((await alice.event('notification')).title);
  assert.deepEqual(titles, ['Second', 'Third', 'First drawn', 'Last']);
});

test('kill -9 of the gateway: what was not confirmed is sent again', async (t) => {
  const site = await open(t);
  const deaf = plainClient(t, `${site.url}/ws`, { token: await site.token(), autoPong: false });
  await deaf.event('connected');
  const id = await site.insert('alice', 'In flight');
  await deaf.event('notification');
  await site.gateway.kill();
  assert.equal((await site.row(id)).status, 'pending');
  await site.startGateway();
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  assert.equal((await alice.event('notification')).id, id);
  await site.status(id, 'delivered');
});

test('its connection to the server is cut: the sockets stay, and what was committed meanwhile comes', async (t) => {
  const site = await open(t);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  for (let i = 0; i < 3; i++) {
    await site.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'gate'");
    const id = await site.insert('alice', `After cut ${i}`);
    assert.equal((await alice.event('notification')).id, id);
    await site.status(id, 'delivered');
  }
});

test('a message is stored, and told to the members in order', async (t) => {
  const site = await open(t);
  await site.sql(`INSERT INTO conversations (id) VALUES ('c');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('c', 'alice'), ('c', 'bob')`);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  const bob = socketClient(t, site.url, { auth: { token: await site.token({ sub: 'bob' }) } });
  for (const each of [alice, bob]) {
    await each.event('connected');
    assert.equal((await each.ask('subscribe', { topic: 'conversation:c' })).ok, true);
  }
  for (const content of ['One', 'Two']) {
    const answer = await alice.ask('message:send', { conversationId: 'c', content });
    assert.equal(answer.ok, true);
    assert.equal((await bob.event('message')).content, content);
  }
  await site.sql("INSERT INTO messages (conversation_id, sender_id, content) VALUES ('c', 'bot', 'Three')");
  assert.equal((await bob.event('message')).content, 'Three');
});

test('a broadcast reaches everybody once, and is marked', async (t) => {
  const site = await open(t);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  await site.sql(`INSERT INTO broadcasts (topic, event, data) VALUES ('*', 'hello', '{"n": 1}')`);
  assert.equal((await alice.event('hello')).n, 1);
  const row = await eventually(async () => (await site.sql('SELECT * FROM broadcasts WHERE sent_at IS NOT NULL'))[0], 'the mark');
  assert.equal(row.recipients, 1);
});

test('the server crashes and comes back: the sockets stay, and nothing that was committed is lost', async (t) => {
  const site = await open(t, { postgres: 'own' });
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token(), autoPong: false });
  await alice.event('connected');
  const id = await site.insert('alice', 'Before the crash');
  await alice.event('notification');
  await site.postgres.stop('SIGQUIT');
  await eventually(async () => (await fetch(`${site.ops}/readyz`)).status === 503, '/readyz to say so');
  await site.postgres.start();
  await site.reconnect();
  assert.equal((await site.row(id)).status, 'pending');
  await eventually(async () => (await fetch(`${site.ops}/readyz`)).status === 200, 'the gateway to be ready');
  const bob = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: 'bob' }) });
  await bob.event('connected');
  await site.insert('bob', 'After the crash');
  assert.equal((await bob.event('notification')).title, 'After the crash');
  const again = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  assert.equal((await again.event('notification')).id, id);
  await site.status(id, 'delivered');
});

/** A site with two gateways, and the address of each. */
async function openTwo(t) {
  const site = await open(t, { gateways: 2 });
  return { site, urls: site.seats.map(({ address }) => `http://${address}`) };
}

test('two gateways on one queue: a user with a device on each has every row on both, and reads it on both', async (t) => {
  const { site, urls } = await openTwo(t);
  const devices = [];
  for (const url of urls) {
    const device = socketClient(t, url, { auth: { token: await site.token() } });
    await device.event('connected');
    devices.push(device);
  }
  const ids = [];
  for (const title of ['One', 'Two', 'Three']) ids.push(await site.insert('alice', title));
  for (const device of devices) {
    for (const id of ids) assert.equal((await device.event('notification')).id, id);
  }
  for (const id of ids) await site.status(id, 'delivered');
  assert.equal((await devices[0].ask('notification:mark_read', { ids: [ids[0]] })).ok, true);
  await devices[1].inbox.find((each) => each.name === 'notification:read' && each.args[0].ids.includes(ids[0]), 'the other device to hear of it');
});

test('two gateways on one queue: messages, broadcasts and revocations reach the clients of both', async (t) => {
  const { site, urls } = await openTwo(t);
  await site.sql(`INSERT INTO conversations (id) VALUES ('c');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('c', 'alice'), ('c', 'bob')`);
  const alice = socketClient(t, urls[0], { auth: { token: await site.token() } });
  const bob = socketClient(t, urls[1], { auth: { token: await site.token({ sub: 'bob' }) } });
  for (const each of [alice, bob]) {
    await each.event('connected');
    assert.equal((await each.ask('subscribe', { topic: 'conversation:c' })).ok, true);
  }
  for (let i = 0; i < 5; i++) {
    const [from, to] = i % 2 ? [bob, alice] : [alice, bob];
    assert.equal((await from.ask('message:send', { conversationId: 'c', content: `Message ${i}` })).ok, true);
    for (const each of [from, to]) {
      await each.inbox.find(({ name, args }) => name === 'message' && args[0].content === `Message ${i}`, `message ${i}`);
    }
  }
  for (const each of [alice, bob]) {
    assert.deepEqual(each.inbox.all.filter(({ name }) => name === 'message').map(({ args }) => args[0].content), [0, 1, 2, 3, 4].map((i) => `Message ${i}`));
  }

  await site.sql("INSERT INTO broadcasts (topic, event) VALUES ('*', 'hello')");
  for (const each of [alice, bob]) await each.event('hello');
  await eventually(async () => (await site.sql('SELECT recipients FROM broadcasts'))[0].recipients === 2, 'both gateways to be added up');
  for (const each of [alice, bob]) assert.equal(each.inbox.all.filter(({ name }) => name === 'hello').length, 1);

  const token = await site.token({ sub: 'carol' });
  const carols = urls.map((url) => plainClient(t, `${url}/ws`, { token }));
  for (const each of carols) await each.event('connected');
  await site.sql("INSERT INTO revocations (user_id) VALUES ('carol')");
  for (const each of carols) await each.closed();
});

test('who asks right after a commit finds it, though news of it come later', async (t) => {
  const site = await open(t);
  for (let i = 0; i < 20; i++) {
    const user = `user-${i}`;
    const id = await site.insert(user, 'Just now', { status: 'delivered' });
    const client = socketClient(t, site.url, { auth: { token: await site.token({ sub: user }) } });
    await client.event('connected');
    const { notifications } = await client.ask('notification:list', {});
    assert.deepEqual(notifications.map((each) => each.id), [id]);
  }
});
