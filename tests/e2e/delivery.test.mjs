// A row that was not confirmed stays pending, and is sent again; one that was
// confirmed is not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openSite, plainClient, socketClient, testCarriers } from './harness.mjs';

testCarriers('while the page is closed the row stays pending; when it is opened, it arrives once', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const first = socketClient(t, site.url, { auth: { token } });
  await first.event('connected');
  first.socket.disconnect();

  const missed = await site.insert('alice', 'While away');
  assert.equal((await site.row(missed)).status, 'pending');

  const second = socketClient(t, site.url, { auth: { token } });
  const heard = await second.event('notification');
  assert.equal(heard.id, missed);
  assert.equal(heard.replayed, true);
  await site.status(missed, 'delivered');
  second.socket.disconnect();

  const third = socketClient(t, site.url, { auth: { token } });
  await third.event('connected');
  await site.insert('alice', 'New');
  assert.equal((await third.event('notification')).title, 'New');
  assert.deepEqual(third.notifications().map((each) => each.title), ['New']);
});

testCarriers('a client that reconnects by itself gets what it missed, once', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const alice = socketClient(t, site.url, { auth: { token }, reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 50 });
  await alice.event('connected');
  const before = await site.insert('alice', 'Before');
  await alice.event('notification');
  await site.status(before, 'delivered');
  alice.socket.io.engine.close();
  await alice.whole('disconnect');
  const missed = await site.insert('alice', 'Missed');
  await alice.event('connected');
  assert.equal((await alice.event('notification')).id, missed);
  await site.status(missed, 'delivered');
  assert.deepEqual(alice.notifications().map((each) => each.title), ['Before', 'Missed']);
});

test('kill -9 between send and pong: the row is still pending, and is sent again', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const deaf = plainClient(t, `${site.url}/ws`, { token, autoPong: false });
  await deaf.event('connected');
  const id = await site.insert('alice', 'In flight');
  assert.equal((await deaf.event('notification')).id, id);
  await deaf.inbox.next((frame) => 'ping' in frame, 'the ping behind it');
  await site.gateway.kill();
  assert.equal((await site.row(id)).status, 'pending');

  await site.startGateway();
  const alice = plainClient(t, `${site.url}/ws`, { token });
  assert.equal((await alice.event('notification')).id, id);
  await site.status(id, 'delivered');
});

test('without a pong nothing counts as delivered, and the client is closed as a slow consumer', async (t) => {
  const site = await openSite(t, { settings: { gateway: { ping_timeout: '300ms', ping_interval: '300ms' } } });
  const deaf = plainClient(t, `${site.url}/ws`, { token: await site.token(), autoPong: false });
  await deaf.event('connected');
  const id = await site.insert('alice', 'Nobody confirms');
  await deaf.event('notification');
  await deaf.closed();
  assert.equal((await site.row(id)).status, 'pending');
});

test('a pong to the last ping confirms all before it', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token(), autoPong: false });
  await alice.event('connected');
  const ids = [];
  let ping;
  for (const title of ['One', 'Two', 'Three']) {
    ids.push(await site.insert('alice', title));
    await alice.event('notification');
    ({ ping } = await alice.inbox.next((frame) => 'ping' in frame, 'a ping'));
  }
  assert.equal((await site.row(ids[0])).status, 'pending');
  alice.socket.pong(ping);
  for (const id of ids) await site.status(id, 'delivered');
});

testCarriers('with ack: true, a row is delivered once the client has acknowledged it, not before', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const alice = socketClient(t, site.url, { auth: { token, ack: true } });
  await alice.event('connected');
  const first = await site.insert('alice', 'First');
  const second = await site.insert('alice', 'Second');
  const one = await alice.whole('notification');
  const two = await alice.whole('notification');
  assert.equal(one.args[0].id, first);
  two.ack();
  await site.status(second, 'delivered');
  assert.equal((await site.row(first)).status, 'pending');
  one.ack();
  await site.status(first, 'delivered');
});

test('with ack: true, a plain client confirms by answering the id', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`);
  await alice.inbox.next((frame) => 'open' in frame, 'the connection');
  alice.send('auth', { token: await site.token(), ack: true });
  await alice.event('connected');
  const id = await site.insert('alice', 'Confirm me');
  const frame = await alice.whole('notification');
  assert.equal((await site.row(id)).status, 'pending');
  alice.socket.send(JSON.stringify({ ack: frame.id }));
  await site.status(id, 'delivered');
});

testCarriers('a client that connects receives a backlog larger than the window completely, in order', async (t) => {
  const site = await openSite(t, { settings: { queue: { delivery_window: 8 } } });
  const input = Array.from({ length: 100 }, (_, n) => `${JSON.stringify({ user: 'alice', title: `No ${n}` })}\n`).join('');
  await site.belfry(['send', '--stdin'], { input });
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  for (let n = 0; n < 100; n++) {
    const heard = await alice.event('notification');
    assert.equal(heard.title, `No ${n}`);
    assert.equal(heard.replayed, true);
  }
});

testCarriers('a row that is cancelled while the user is offline does not arrive', async (t) => {
  const site = await openSite(t);
  const cancelled = await site.insert('alice', 'Taken back');
  const kept = await site.insert('alice', 'Kept');
  await site.sql(`UPDATE notifications SET status = 'cancelled' WHERE id = ${cancelled}`);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  assert.equal((await alice.event('notification')).id, kept);
  assert.equal((await site.row(cancelled)).status, 'cancelled');
});

testCarriers('a row set back to pending with SQL is delivered again', async (t) => {
  const site = await openSite(t);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  const id = await site.insert('alice', 'Again');
  await alice.event('notification');
  await site.status(id, 'delivered');
  await site.sql(`UPDATE notifications SET status = 'pending', delivered_at = NULL WHERE id = ${id}`);
  assert.equal((await alice.event('notification')).id, id);
  await site.status(id, 'delivered');
});

testCarriers('a writer that locks the queue does not block the gateway, and its row arrives in the end', async (t) => {
  const site = await openSite(t);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  const writer = await site.hold("INSERT INTO notifications (user_id, title) VALUES ('alice', 'Held')");
  alice.socket.emit('ping');
  assert.ok((await alice.event('pong')).timestamp > 0);
  await writer.commit();
  const heard = await alice.event('notification');
  assert.equal(heard.title, 'Held');
  await site.status(heard.id, 'delivered');
});

test('a row that becomes due while a slow device has unconfirmed ones reaches it, and none arrives twice', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const phone = plainClient(t, `${site.url}/ws`, { token, autoPong: false });
  const page = plainClient(t, `${site.url}/ws`, { token });
  await phone.event('connected');
  await page.event('connected');

  const rows = await site.sql(`INSERT INTO notifications (user_id, title, deliver_after)
    VALUES ('alice', 'Scheduled', ${site.now('+2 seconds')}), ('alice', 'At once', NULL) RETURNING id`);
  const [scheduled, first] = rows.map(({ id }) => String(id));
  await phone.event('notification', (row) => row.id === first);
  const ping = await phone.inbox.next((frame) => 'ping' in frame, 'the ping behind the row');
  await page.event('notification', (row) => row.id === scheduled);
  await site.status(scheduled, 'delivered');

  phone.socket.pong(ping.ping);
  assert.equal((await phone.event('notification')).id, scheduled);
  assert.deepEqual(page.notifications().map((row) => row.id), [first, scheduled]);
  assert.deepEqual(phone.notifications().map((row) => row.id), [first, scheduled]);
});

async function open(t, site, connect, url = site.url) {
  const token = await site.token();
  const client = connect(t, url, { auth: { token }, token });
  await client.event('connected');
  return client;
}

testCarriers('a row that becomes due while a user is connected alerts on every device, however old it is', async (t) => {
  const site = await openSite(t);
  const ring = await site.insert('alice', 'Ring once, and once more');
  await site.sql(`INSERT INTO notifications (user_id, title, created_at, deliver_after)
    VALUES ('alice', 'A reminder', ${site.now('-1 day')}, ${site.now('+3 seconds')})`);
  const page = await open(t, site, socketClient);
  assert.equal((await page.event('notification')).replayed, true, 'it was due before the page came');
  await site.status(ring, 'delivered');
  const devices = [page, await open(t, site, plainClient, `${site.url}/ws`)];
  for (const device of devices) {
    const reminder = await device.event('notification');
    assert.deepEqual([reminder.title, reminder.replayed], ['A reminder', undefined]);
  }
  await site.sql(`UPDATE notifications SET status = 'pending' WHERE id = ${ring}`);
  for (const device of devices) {
    const again = await device.event('notification');
    assert.deepEqual([again.id, again.replayed], [String(ring), undefined]);
  }
});

for (const [how, change] of [
  ['moved', "user_id = 'bob'"],
  ['cancelled, then moved and set back', "status = 'cancelled' WHERE id = $; UPDATE notifications SET user_id = 'bob', status = 'pending'"],
]) {
  test(`a row ${how} to another user while it is in flight is that user's, even if the former user confirms it`, async (t) => {
    const site = await openSite(t);
    const alice = plainClient(t, `${site.url}/ws`);
    await alice.inbox.next((frame) => 'open' in frame);
    alice.send('auth', { token: await site.token(), ack: true });
    const id = await site.insert('alice', 'For whom?');
    const frame = await alice.whole('notification');
    await site.sql(`UPDATE notifications SET ${change.replace('$', id)} WHERE id = ${id}`);
    alice.socket.send(JSON.stringify({ ack: frame.id }));
    await eventually(async () => (await site.row(id)).attempts === 1, 'the sending to be counted');
    assert.equal((await site.row(id)).status, 'pending');
    const bob = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: 'bob' }) });
    assert.equal((await bob.event('notification')).id, id);
    assert.equal((await site.status(id, 'delivered')).user_id, 'bob');
  });
}

test('a row set back to pending that a page has not reached yet in a long backlog alerts there', async (t) => {
  const site = await openSite(t, { settings: { queue: { delivery_window: 4 } } });
  const ids = [];
  for (let n = 1; n <= 12; n++) ids.push(await site.insert('alice', `No ${n}`, n === 10 && { status: 'read' }));
  const page = plainClient(t, `${site.url}/ws`);
  await page.inbox.next((frame) => 'open' in frame);
  page.send('auth', { token: await site.token(), ack: true });
  // It confirms nothing yet, so the backlog waits for room in the window.
  await page.event('notification', ({ id }) => id === ids[3]);
  await site.sql(`UPDATE notifications SET status = 'pending' WHERE id = ${ids[9]}`);
  await page.event('notification:unread_count', (count) => count === 12);
  const heard = new Map();
  const confirm = ({ id, data }) => {
    heard.set(data.id, data.replayed);
    page.socket.send(JSON.stringify({ ack: id }));
  };
  page.inbox.all.filter(({ event }) => event === 'notification').forEach(confirm);
  while (heard.size < 12) confirm(await page.whole('notification'));
  assert.deepEqual([...heard], ids.map((id) => [id, id === ids[9] ? undefined : true]));
});

testCarriers('a row that became due while the user was offline is replayed, scheduled or set back with SQL', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const first = socketClient(t, site.url, { auth: { token } });
  await first.event('connected');
  const set = await site.insert('alice', 'Set back');
  await first.event('notification');
  await site.status(set, 'delivered');
  first.socket.disconnect();
  await site.sql(`UPDATE notifications SET status = 'pending' WHERE id = ${set};
    INSERT INTO notifications (user_id, title, created_at, deliver_after) VALUES ('alice', 'A reminder', ${site.now('-1 day')}, ${site.now('-1 second')})`);
  const second = socketClient(t, site.url, { auth: { token } });
  for (const title of ['Set back', 'A reminder']) {
    const heard = await second.event('notification');
    assert.deepEqual([heard.title, heard.replayed], [title, true]);
  }
});

testCarriers('rows that arrive faster than they are confirmed wait in the queue, and still alert', async (t) => {
  const site = await openSite(t, { settings: { queue: { delivery_window: 2 } } });
  const page = await open(t, site, socketClient);
  await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
    INSERT INTO notifications (user_id, title, created_at) SELECT 'alice', 'No ' || i, ${site.now('-1 hour')} FROM n`);
  for (let n = 1; n <= 20; n++) {
    const heard = await page.event('notification');
    assert.deepEqual([heard.title, heard.replayed], [`No ${n}`, undefined]);
  }
});

testCarriers('rows in flight when a connection is lost are replayed to the next', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const lost = plainClient(t, `${site.url}/ws`, { token, autoPong: false });
  await lost.event('connected');
  const id = await site.insert('alice', 'In flight');
  await lost.event('notification');
  lost.socket.terminate();
  const next = socketClient(t, site.url, { auth: { token } });
  const heard = await next.event('notification');
  assert.deepEqual([heard.id, heard.replayed], [String(id), true]);
});
