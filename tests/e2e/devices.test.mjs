// Several tabs and devices of one user: what is read in one is read in all. And
// scheduled and expiring rows.

import assert from 'node:assert/strict';
import { eventually, openSite, plainClient, socketClient, testCarriers } from './harness.mjs';

async function connect(t, site, user = 'alice') {
  const client = socketClient(t, site.url, { auth: { token: await site.token({ sub: user }) } });
  await client.event('connected');
  assert.equal(typeof (await client.event('notification:unread_count')), 'number');
  return client;
}

/** Its last count is this. From another gateway, counts and news of rows come in any order. */
const count = (client, number) => eventually(
  () => client.inbox.all.findLast(({ name }) => name === 'notification:unread_count')?.args[0] === number, `the count to be ${number}`);

testCarriers('read on one device, read on all, and the count is the same', async (t) => {
  const site = await openSite(t);
  const phone = await connect(t, site);
  const desk = await connect(t, site);
  const ids = [await site.insert('alice', 'One'), await site.insert('alice', 'Two'), await site.insert('alice', 'Three')];
  await Promise.all([count(phone, 3), count(desk, 3)]);
  await Promise.all(ids.map((id) => site.status(id, 'delivered')));

  const answer = await phone.ask('notification:mark_read', { ids: [ids[0], Number(ids[1]), '999999'] });
  assert.equal(answer.ok, true);
  assert.deepEqual(await desk.event('notification:read'), { ids: ids.slice(0, 2) });
  await Promise.all([count(phone, 1), count(desk, 1)]);
  assert.ok((await site.status(ids[0], 'read')).read_at);

  assert.equal((await desk.ask('notification:mark_all_read')).ok, true);
  assert.deepEqual(await phone.event('notification:read'), { ids: [ids[2]] });
  await count(phone, 0);
});

testCarriers('mark_all_read covers what this device was sent or could know of, and nothing newer', async (t) => {
  const site = await openSite(t);
  const before = await site.insert('alice', 'Before');
  await (await connect(t, site)).event('notification');
  await site.status(before, 'delivered');
  // Sent to another connection, before this one began.
  const desk = await connect(t, site);
  assert.deepEqual(await desk.ask('notification:mark_all_read'), { ok: true, marked: 1, unread: 0 });

  const chooser = socketClient(t, site.url, { auth: { token: await site.token(), subscribe: false } });
  await chooser.event('connected');
  const listed = await site.insert('alice', 'Listed');
  await site.status(listed, 'delivered');
  assert.equal((await chooser.ask('notification:mark_all_read')).marked, 0);
  assert.equal((await chooser.ask('notification:list', { limit: 1 })).notifications[0].id, listed);
  const unseen = await site.insert('alice', 'Unseen');
  await site.status(unseen, 'delivered');
  assert.deepEqual(await chooser.ask('notification:mark_all_read'), { ok: true, marked: 1, unread: 1 });
  assert.equal((await site.row(unseen)).status, 'delivered');
});

testCarriers('what a page marks as read just before it closes is read on the other devices', async (t) => {
  const site = await openSite(t);
  const desk = await connect(t, site);
  const page = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  const id = await site.insert('alice', 'Follow me');
  await Promise.all([page.event('notification'), count(desk, 1)]);
  page.send('notification:mark_read', { ids: [id] });
  page.socket.terminate();
  assert.deepEqual(await desk.event('notification:read'), { ids: [id] });
  await count(desk, 0);
});

testCarriers('nobody can mark another user\'s rows as read', async (t) => {
  const site = await openSite(t);
  const bob = await connect(t, site, 'bob');
  const id = await site.insert('alice', 'Private');
  assert.equal((await bob.ask('notification:mark_read', { ids: [id] })).ok, true);
  assert.equal((await bob.ask('notification:mark_all_read', { upTo: id })).ok, true);
  assert.equal((await site.row(id)).status, 'pending');
  assert.deepEqual((await bob.ask('notification:list', {})).notifications, []);
});

testCarriers('a row marked read by SQL changes the count of open tabs', async (t) => {
  const site = await openSite(t);
  const alice = await connect(t, site);
  const id = await site.insert('alice', 'Elsewhere');
  await count(alice, 1);
  await site.sql(`UPDATE notifications SET status = 'read' WHERE id = ${id}`);
  await count(alice, 0);
  await site.insert('alice', 'Gone soon');
  await count(alice, 1);
  await site.sql('DELETE FROM notifications');
  await count(alice, 0);
});

testCarriers('the list has pages, newest first, and can be of the unread alone', async (t) => {
  const site = await openSite(t);
  const alice = await connect(t, site);
  for (let i = 1; i <= 5; i++) await site.insert('alice', `Title ${i}`);
  await count(alice, 5);
  const page = await alice.ask('notification:list', { limit: 2 });
  assert.deepEqual(page.notifications.map((each) => each.title), ['Title 5', 'Title 4']);
  assert.equal(page.hasMore, true);
  const next = await alice.ask('notification:list', { limit: 10, before: page.notifications[1].id });
  assert.deepEqual(next.notifications.map((each) => each.title), ['Title 3', 'Title 2', 'Title 1']);
  assert.equal(next.hasMore, false);
  await alice.ask('notification:mark_read', { ids: [page.notifications[0].id] });
  const unread = await alice.ask('notification:list', { unread: true });
  assert.deepEqual(unread.notifications.map((each) => each.title), ['Title 4', 'Title 3', 'Title 2', 'Title 1']);
  alice.socket.emit('notification:list', { limit: 1 });
  assert.equal((await alice.event('notification:batch'))[0].title, 'Title 5');
});

testCarriers('with concurrent inserts, reads and deletes, all devices end with the right count', async (t) => {
  const site = await openSite(t, { settings: { gateway: { rate: 5000, burst: 10_000 } } });
  const devices = [await connect(t, site), await connect(t, site), await connect(t, site)];
  const elsewhere = [
    `INSERT INTO notifications (user_id, title) VALUES ('alice', 'a'), ('alice', 'b'), ('bob', 'c')`,
    `UPDATE notifications SET status = 'read' WHERE id % 7 = 0 AND status IN ('pending', 'delivered')`,
    `INSERT INTO notifications (user_id, title) VALUES ('alice', 'd')`,
    `DELETE FROM notifications WHERE id % 11 = 0`,
    `UPDATE notifications SET user_id = 'bob' WHERE id % 13 = 0`,
  ];
  const writer = async () => { for (let n = 0; n < 30; n++) await site.sql(elsewhere[n % elsewhere.length]); };
  const reader = (device, i) => async () => {
    for (let n = 0; n < 60; n++) {
      const ids = device.notifications().map(({ id }) => id);
      const answer = await device.ask('notification:mark_read', { ids: ids.slice(-3 + i) });
      assert.ok(answer.ok && answer.unread >= 0);
    }
  };
  await Promise.all([writer(), writer(), ...devices.map((device, i) => reader(device, i)())]);
  const last = (device) => device.inbox.all.findLast(({ name }) => name === 'notification:unread_count').args[0];
  await eventually(async () => {
    const [{ n }] = await site.sql(`SELECT count(*) AS n FROM notifications WHERE user_id = 'alice' AND status IN ('pending', 'delivered')`);
    const asked = (await devices[0].ask('notification:get_count')).count;
    return asked === n && devices.every((device) => last(device) === n);
  }, 'the count of all devices to be true');
});

testCarriers('a scheduled row arrives at its time, after those sent before it', async (t) => {
  const site = await openSite(t);
  const alice = await connect(t, site);
  const at = new Date(Date.now() + 1500).toISOString();
  const later = await site.insert('alice', 'Later', { deliver_after: at });
  await site.insert('alice', 'Now');
  assert.equal((await alice.event('notification')).title, 'Now');
  const scheduled = await alice.event('notification');
  assert.equal(scheduled.id, later);
  assert.ok(Date.now() >= Date.parse(at));
  await site.status(later, 'delivered');
});

testCarriers('an expired row is never delivered, and its status says so', async (t) => {
  const site = await openSite(t);
  const id = await site.insert('alice', 'Too late', { expires_at: '2020-01-01T00:00:00.000Z' });
  const soon = await site.insert('bob', 'Not for long', { expires_at: new Date(Date.now() + 700).toISOString() });
  const alice = await connect(t, site);
  await site.status(id, 'expired');
  await site.status(soon, 'expired');
  const next = await site.insert('alice', 'In time');
  assert.equal((await alice.event('notification')).id, next);
});

testCarriers('a row set back to pending with SQL is sent again, to every device', async (t) => {
  const site = await openSite(t);
  const phone = await connect(t, site);
  const desk = await connect(t, site);
  const id = await site.insert('alice', 'Again');
  await Promise.all([phone.event('notification'), desk.event('notification')]);
  await site.status(id, 'delivered');
  await site.sql(`UPDATE notifications SET status = 'pending' WHERE id = ${id}`);
  assert.equal((await phone.event('notification')).id, id);
  assert.equal((await desk.event('notification')).id, id);
  const row = await site.status(id, 'delivered');
  // One of several gateways may count in place of two.
  assert.ok(row.attempts >= 2);
});

testCarriers('a cancelled row is not sent, and stays cancelled', async (t) => {
  const site = await openSite(t);
  const at = new Date(Date.now() + 800).toISOString();
  const id = await site.insert('alice', 'Never mind', { deliver_after: at });
  await site.sql(`UPDATE notifications SET status = 'cancelled' WHERE id = ${id}`);
  const alice = await connect(t, site);
  const next = await site.insert('alice', 'After it', { deliver_after: new Date(Date.now() + 1200).toISOString() });
  assert.equal((await alice.event('notification')).id, next);
  assert.equal((await site.row(id)).status, 'cancelled');
});

testCarriers('thousands of rows at once reach each of two devices, in order, once, within the window', async (t) => {
  const site = await openSite(t, { settings: { queue: { delivery_window: 16 } } });
  // Connect both first: a row that was delivered elsewhere is not sent to later connections.
  const devices = await Promise.all([connect(t, site), connect(t, site)]);
  await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
    INSERT INTO notifications (user_id, title) SELECT 'alice', i FROM n`);
  const wanted = Array.from({ length: 3000 }, (_, i) => String(i + 1));
  for (const device of devices) {
    await eventually(() => device.notifications().length >= 3000, 'all of them');
    assert.deepEqual(device.notifications().map((each) => each.title), wanted);
  }
  await eventually(async () => (await site.sql(`SELECT count(*) AS n FROM notifications WHERE status = 'delivered'`))[0].n === 3000, 'all to be delivered');
});

testCarriers('the first device that connects gets the whole backlog, the second what is left of it', async (t) => {
  const site = await openSite(t, { settings: { queue: { delivery_window: 16 } } });
  await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
    INSERT INTO notifications (user_id, title) SELECT 'alice', i FROM n`);
  const wanted = Array.from({ length: 1000 }, (_, i) => String(i + 1));
  const devices = await Promise.all([connect(t, site), connect(t, site)]);
  await eventually(async () => (await site.sql(`SELECT count(*) AS n FROM notifications WHERE status = 'delivered'`))[0].n === 1000, 'all to be delivered');
  const last = (event) => event.name === 'notification' && event.args[0].title === '1000';
  await Promise.all(devices.map((device) => device.inbox.find(last, 'the last row')));
  const heard = devices.map((device) => device.notifications().map((each) => each.title));
  for (const titles of heard) assert.deepEqual(titles, wanted.slice(wanted.length - titles.length));
  assert.ok(heard.some((titles) => titles.length === wanted.length));
});
