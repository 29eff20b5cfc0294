// The inbox is a table: whatever SQL changes shows on every open page, once, in its last
// state.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, onlyFiles, openDevice, openDevices, openSite, socketClient, testDevices } from './harness.mjs';

const LONG_AGO = '2026-01-01T00:00:00.000Z';

/** A site with a row of alice that is delivered, and all of her devices. */
async function openInbox(t, columns = {}, how = {}) {
  const site = await openSite(t);
  const id = await site.insert('alice', 'Old', { status: 'delivered', delivered_at: LONG_AGO, ...columns });
  const devices = await openDevices(t, site, how);
  return { site, id, devices, sql: (text) => site.sql(text.replaceAll(':id', id)) };
}

/** Each device hears that event next, of all events of that name. */
const all = (devices, name, fits) => Promise.all(devices.map((device) => device.event(name, fits)));

/** Waits until everything that was told before now has been heard: a row of its own arrives. */
async function settled(site, devices, user = 'alice') {
  const marker = await site.insert(user, 'Marker', { status: 'delivered', delivered_at: LONG_AGO });
  await Promise.all(devices.map((device) => device.find('notification:update', ({ id }) => id === marker)));
  return marker;
}

/** Waits until the last count that each device heard is this one. */
const counted = (devices, number, name = 'notification:unread_count') =>
  eventually(() => devices.every((device) => device.heard(name).at(-1) === number), `${name} ${number}`);

const about = (device, id) => device.heard('notification:update').filter((row) => row.id === id);

const writes = {
  UPDATE: `UPDATE notifications SET title = 'New' WHERE id = :id`,
  'an upsert': `INSERT INTO notifications (user_id, title, idempotency_key) VALUES ('alice', 'New', 'k')
    ON CONFLICT (user_id, idempotency_key) DO UPDATE SET title = excluded.title`,
  'UPDATE FROM': `UPDATE notifications SET title = n.t FROM (SELECT 'New' AS t) AS n WHERE user_id = 'alice'`,
};

for (const [what, write] of Object.entries(writes)) {
  test(`${what} of a delivered row shows on every device, whole, with its state`, async (t) => {
    const { site, id, devices, sql } = await openInbox(t, { idempotency_key: 'k', data: '{"a":1}', body: 'Text' });
    await sql(write);
    for (const update of await all(devices, 'notification:update')) {
      assert.deepEqual(
        [update.id, update.title, update.body, update.data, update.status, update.type, update.priority],
        [id, 'New', 'Text', { a: 1 }, 'delivered', 'system', 'normal'],
      );
      assert.ok(update.updatedAt);
      assert.ok(!('readAt' in update) || update.readAt === null);
    }
    await settled(site, devices);
    for (const device of devices) {
      assert.equal(about(device, id).length, 1);
      assert.deepEqual(device.heard('notification'), []);
    }
  });
}

test('every column that a page shows is seen to change, of a read row too', async (t) => {
  const { devices, sql } = await openInbox(t, { status: 'read', read_at: LONG_AGO });
  for (const [column, member, value] of [['body', 'body', 'B'], ['type', 'type', 'alert'], ['priority', 'priority', 'urgent'], ['data', 'data', { n: 1 }]]) {
    await sql(`UPDATE notifications SET ${column} = '${typeof value === 'object' ? JSON.stringify(value) : value}' WHERE id = :id`);
    for (const update of await all(devices, 'notification:update')) {
      assert.deepEqual(update[member], value);
      assert.deepEqual([update.status, update.readAt], ['read', LONG_AGO]);
    }
  }
});

onlyFiles('REPLACE is SQLite\'s', 'REPLACE of a row by its id is an update, and by its key a removal and a new row', async (t) => {
  const { site, id, devices, sql } = await openInbox(t, { idempotency_key: 'k' });
  await sql(`REPLACE INTO notifications (id, user_id, title, status, delivered_at, idempotency_key)
    VALUES (:id, 'alice', 'Replaced', 'delivered', '${LONG_AGO}', 'k')`);
  await all(devices, 'notification:update', (row) => row.id === id && row.title === 'Replaced');
  await sql(`REPLACE INTO notifications (user_id, title, idempotency_key) VALUES ('alice', 'Third', 'k')`);
  assert.deepEqual(await all(devices, 'notification:remove'), devices.map(() => ({ ids: [id], reason: 'deleted' })));
  for (const device of devices) assert.equal((await device.find('notification')).data.title, 'Third');
  assert.equal((await site.sql('SELECT count(*) AS n FROM notifications'))[0].n, 1);
});

test('a burst of changes is told once or a few times, and the last is the last state', async (t) => {
  const { site, id, devices } = await openInbox(t);
  await site.sqlEach(Array.from({ length: 300 }, (_, n) => `UPDATE notifications SET title = 'No ${n}' WHERE id = ${id}`));
  await all(devices, 'notification:update', ({ title }) => title === 'No 299');
  await settled(site, devices);
  for (const device of devices) {
    assert.equal(about(device, id).at(-1).title, 'No 299');
    assert.ok(about(device, id).length < 60, `${device.kind} heard ${about(device, id).length} of 300`);
  }
});

test('a transaction of many changes is one update, and one that is rolled back is none', async (t) => {
  const { site, id, devices, sql } = await openInbox(t);
  await sql(`BEGIN; UPDATE notifications SET title = 'A' WHERE id = :id; UPDATE notifications SET title = 'B' WHERE id = :id; COMMIT;`);
  await all(devices, 'notification:update', ({ title }) => title === 'B');
  await sql(`BEGIN; UPDATE notifications SET title = 'Never', status = 'cancelled' WHERE id = :id; DELETE FROM notifications;
    INSERT INTO notifications (user_id, title) VALUES ('alice', 'Never'); ROLLBACK;`);
  await settled(site, devices);
  for (const device of devices) {
    assert.deepEqual(about(device, id).map(({ title }) => title), ['B']);
    assert.deepEqual(device.heard('notification:remove'), []);
    assert.ok(!JSON.stringify(device.inbox.all).includes('Never'));
  }
});

test('thousands of rows deleted at once are all taken out, in lists of at most a thousand', async (t) => {
  const site = await openSite(t);
  await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    INSERT INTO notifications (user_id, title, status, delivered_at) SELECT 'alice', 'No ' || i, 'delivered', '${LONG_AGO}' FROM n`);
  const devices = await openDevices(t, site);
  await site.sql('DELETE FROM notifications');
  const gone = (device) => new Set(device.heard('notification:remove').flatMap(({ ids }) => ids));
  await eventually(() => devices.every((device) => gone(device).size === 5000), 'all of them to be taken out');
  for (const device of devices) {
    for (const { ids, reason } of device.heard('notification:remove')) {
      assert.equal(reason, 'deleted');
      assert.ok(ids.length <= 1000);
    }
    await device.find('notification:unread_count', (count) => count === 0);
  }
});

for (const [reason, write] of Object.entries({
  deleted: `DELETE FROM notifications WHERE id = :id`,
  cancelled: `UPDATE notifications SET status = 'cancelled' WHERE id = :id`,
  expired: `UPDATE notifications SET status = 'expired' WHERE id = :id`,
  archived: `UPDATE notifications SET archived_at = '${LONG_AGO}' WHERE id = :id`,
})) {
  test(`a delivered row that is ${reason} by SQL is taken out on every device, and not counted`, async (t) => {
    const { site, id, devices, sql } = await openInbox(t);
    await sql(write);
    assert.deepEqual(await all(devices, 'notification:remove'), devices.map(() => ({ ids: [id], reason })));
    await counted(devices, 0);
    const listed = (await devices[0].ask('notification:list', {})).notifications.map((row) => row.id);
    assert.ok(!listed.includes(id));
    await settled(site, devices);
    for (const device of devices) assert.deepEqual(about(device, id), []);
  });
}

test('failed is taken out as cancelled', async (t) => {
  const { id, devices, sql } = await openInbox(t);
  await sql(`UPDATE notifications SET status = 'failed', error = 'x' WHERE id = :id`);
  assert.deepEqual(await all(devices, 'notification:remove'), devices.map(() => ({ ids: [id], reason: 'cancelled' })));
});

test('brought back by SQL, from the archive or from cancelled, a row is back on every device', async (t) => {
  const { id, devices, sql } = await openInbox(t);
  for (const [away, back] of [
    [`archived_at = '${LONG_AGO}'`, 'archived_at = NULL'],
    [`status = 'cancelled'`, `status = 'delivered'`],
  ]) {
    await sql(`UPDATE notifications SET ${away} WHERE id = :id`);
    await all(devices, 'notification:remove');
    await sql(`UPDATE notifications SET ${back} WHERE id = :id`);
    for (const row of await all(devices, 'notification:update')) assert.deepEqual([row.id, row.status], [id, 'delivered']);
  }
});

test('read, unread again, seen and unseen by SQL', async (t) => {
  const { id, devices, sql } = await openInbox(t, {}, { auth: { seen: true } });
  await sql(`UPDATE notifications SET status = 'read', read_at = '${LONG_AGO}' WHERE id = :id`);
  assert.deepEqual(await all(devices, 'notification:read'), devices.map(() => ({ ids: [id] })));
  await counted(devices, 0);
  await sql(`UPDATE notifications SET status = 'delivered', read_at = NULL WHERE id = :id`);
  assert.deepEqual(await all(devices, 'notification:unread'), devices.map(() => ({ ids: [id] })));
  await sql(`UPDATE notifications SET seen_at = '${LONG_AGO}' WHERE id = :id`);
  await counted(devices, 0, 'notification:unseen_count');
  await sql(`UPDATE notifications SET seen_at = NULL WHERE id = :id`);
  await counted(devices, 1, 'notification:unseen_count');
  await counted(devices, 1);
});

test('set back to pending, a row rings again on every device, as it is now', async (t) => {
  const { id, devices, sql } = await openInbox(t);
  await sql(`UPDATE notifications SET status = 'pending', delivered_at = NULL, title = 'Again' WHERE id = :id`);
  for (const row of await all(devices, 'notification')) assert.deepEqual([row.id, row.title], [id, 'Again']);
});

test('given to another user, a row leaves the one and comes to the other', async (t) => {
  const { site, id, devices, sql } = await openInbox(t);
  const bob = await openDevices(t, site, { user: 'bob' });
  await sql(`UPDATE notifications SET user_id = 'bob' WHERE id = :id`);
  assert.deepEqual(await all(devices, 'notification:remove'), devices.map(() => ({ ids: [id], reason: 'deleted' })));
  for (const row of await all(bob, 'notification:update')) assert.deepEqual([row.id, row.title], [id, 'Old']);
  await counted(devices, 0);
  await counted(bob, 1);
});

test('another user hears nothing of it', async (t) => {
  const { site, devices, sql } = await openInbox(t);
  const bob = await openDevices(t, site, { user: 'bob' });
  await sql(`UPDATE notifications SET title = 'Secret' WHERE id = :id`);
  await all(devices, 'notification:update');
  await sql(`DELETE FROM notifications WHERE id = :id`);
  await all(devices, 'notification:remove');
  await settled(site, bob, 'bob');
  for (const device of bob) assert.ok(!JSON.stringify(device.inbox.all).match(/Secret|notification:remove/));
});

test('inserted as delivered or read, a row is on every device at once, and rings on none', async (t) => {
  const site = await openSite(t);
  const devices = await openDevices(t, site);
  for (const more of [{ status: 'delivered' }, { status: 'read', read_at: LONG_AGO }]) {
    const id = await site.insert('alice', `Already ${more.status}`, { delivered_at: LONG_AGO, ...more });
    for (const row of await all(devices, 'notification:update'))
      assert.deepEqual([row.id, row.title, row.status, row.readAt], [id, `Already ${more.status}`, more.status, more.read_at ?? null]);
  }
  await counted(devices, 1);
  for (const device of devices) assert.deepEqual(device.heard('notification'), []);
});

// ---- rows that are not delivered yet ----

const held = { auth: { ack: true } };

testDevices('a row in flight is updated there, and delivered once it is confirmed', async (t, open) => {
  const site = await openSite(t);
  const alice = await open(site, held);
  const id = await site.insert('alice', 'First');
  const rung = await alice.find('notification');
  await site.sql(`UPDATE notifications SET title = 'Second' WHERE id = ${id}`);
  const update = await alice.event('notification:update');
  assert.deepEqual([update.id, update.title, update.status], [id, 'Second', 'pending']);
  rung.confirm();
  await site.status(id, 'delivered');
  await site.sql(`UPDATE notifications SET title = 'Third' WHERE id = ${id}`);
  assert.equal((await alice.event('notification:update')).title, 'Third');
  assert.equal(alice.heard('notification').length, 1);
});

testDevices('a row in flight that is deleted, cancelled or given away stays so, whatever is confirmed', async (t, open) => {
  const site = await openSite(t);
  const alice = await open(site, held);
  const rows = [await site.insert('alice', 'Deleted'), await site.insert('alice', 'Cancelled'), await site.insert('alice', 'Given')];
  const rung = await Promise.all(rows.map((id) => alice.find('notification', (row) => row.id === id)));
  await site.sql(`BEGIN; DELETE FROM notifications WHERE id = ${rows[0]};
    UPDATE notifications SET status = 'cancelled' WHERE id = ${rows[1]};
    UPDATE notifications SET user_id = 'bob' WHERE id = ${rows[2]}; COMMIT`);
  await Promise.all(rows.map((id) => alice.find('notification:remove', ({ ids }) => ids.includes(id))));
  for (const { confirm } of rung) confirm();
  const last = await site.insert('alice', 'Last');
  (await alice.find('notification', (row) => row.id === last)).confirm();
  await site.status(last, 'delivered');
  assert.equal((await site.row(rows[1])).status, 'cancelled');
  assert.equal((await site.row(rows[2])).status, 'pending');
  const bob = await open(site, { user: 'bob' });
  assert.equal((await bob.event('notification')).id, rows[2]);
  await site.status(rows[2], 'delivered');
});

testDevices('what waits behind a full window is sent once, as it is in its turn, or not at all', async (t, open) => {
  const site = await openSite(t, { settings: { queue: { delivery_window: 1 } } });
  const alice = await open(site, held);
  const [first, changed, gone, last] = [
    await site.insert('alice', 'First'), await site.insert('alice', 'Old'), await site.insert('alice', 'Gone'), await site.insert('alice', 'Last'),
  ];
  const rung = await alice.find('notification', ({ id }) => id === first);
  await site.sql(`UPDATE notifications SET title = 'New' WHERE id = ${changed}; DELETE FROM notifications WHERE id = ${gone}`);
  await settled(site, [alice]);
  rung.confirm();
  for (const id of [changed, last]) (await alice.find('notification', (row) => row.id === id)).confirm();
  await site.status(last, 'delivered');
  assert.deepEqual(alice.heard('notification').map(({ title }) => title), ['First', 'New', 'Last']);
  assert.deepEqual(about(alice, changed), []);
});

test('one device has the row, the other waits for it: the one is updated, the other gets it as it is', async (t) => {
  const site = await openSite(t, { settings: { queue: { delivery_window: 1 } } });
  const slow = await openDevice(t, site, 'the plain framing', held);
  const first = await site.insert('alice', 'First');
  const rung = await slow.find('notification');
  const fast = await openDevices(t, site);
  const id = await site.insert('alice', 'Old');
  await all(fast, 'notification', (row) => row.id === id);
  await site.status(id, 'delivered');
  await site.sql(`UPDATE notifications SET title = 'New' WHERE id = ${id}`);
  await all(fast, 'notification:update', ({ title }) => title === 'New');
  rung.confirm();
  const late = await slow.find('notification', (row) => row.id === id);
  assert.equal(late.data.title, 'New');
  late.confirm();
  await site.sql(`DELETE FROM notifications WHERE id IN (${first}, ${id})`);
  for (const device of [slow, ...fast]) await device.find('notification:remove', ({ ids }) => ids.includes(id));
});

testDevices('a row that was never sent is sent once, as it is: scheduled, changed, and due', async (t, open) => {
  const site = await openSite(t);
  const alice = await open(site);
  const later = new Date(Date.now() + 600_000).toISOString();
  const [kept, gone] = [await site.insert('alice', 'Draft', { deliver_after: later }), await site.insert('alice', 'Off', { deliver_after: later })];
  await site.sql(`UPDATE notifications SET title = 'Final' WHERE id = ${kept}; UPDATE notifications SET status = 'cancelled' WHERE id = ${gone}`);
  await settled(site, [alice]);
  assert.deepEqual(about(alice, kept), []);
  site.setClock(700_000);
  const rung = (await alice.find('notification')).data;
  assert.deepEqual([rung.id, rung.title], [kept, 'Final']);
  await site.status(kept, 'delivered');
  assert.equal(alice.heard('notification').length, 1);
});

testDevices('inserted and changed at once, a row rings once and is not updated', async (t, open) => {
  const site = await openSite(t);
  const alice = await open(site);
  await site.sql(`BEGIN; INSERT INTO notifications (user_id, title) VALUES ('alice', 'Draft');
    UPDATE notifications SET title = 'Final'; COMMIT`);
  assert.equal((await alice.event('notification')).title, 'Final');
  await settled(site, [alice]);
  assert.equal(alice.heard('notification:update').length, 1);
});

testDevices('a row in flight that is replaced by another with its key is taken out, and the other rings', async (t, open) => {
  const site = await openSite(t);
  const alice = await open(site, held);
  const old = await site.insert('alice', 'Old', { idempotency_key: 'k' });
  const rung = await alice.find('notification');
  await site.sql(site.dialect.replaceByKey('alice', 'k', 'New'));
  assert.deepEqual((await alice.find('notification:remove')).data, { ids: [old], reason: 'deleted' });
  rung.confirm();
  const other = await alice.find('notification', ({ title }) => title === 'New');
  other.confirm();
  await site.status(other.data.id, 'delivered');
  assert.equal(alice.heard('notification').length, 2);
});

testDevices('archived before its turn, a row is not sent; brought back while it is pending, it is', async (t, open) => {
  const site = await openSite(t);
  const archived = await site.insert('alice', 'Away', { archived_at: LONG_AGO });
  const alice = await open(site);
  await settled(site, [alice]);
  assert.deepEqual(alice.heard('notification'), []);
  await site.sql(`UPDATE notifications SET archived_at = NULL WHERE id = ${archived}`);
  assert.equal((await alice.find('notification')).data.id, archived);
  await site.status(archived, 'delivered');
});

testDevices('a row in flight that is read by SQL is read there, and stays so when it is confirmed', async (t, open) => {
  const site = await openSite(t);
  const alice = await open(site, held);
  const id = await site.insert('alice', 'Read elsewhere');
  const rung = await alice.find('notification');
  await site.sql(`UPDATE notifications SET status = 'read', read_at = '${LONG_AGO}' WHERE id = ${id}`);
  const hears = ({ name, data }) =>
    (name === 'notification:read' && data.ids.includes(id)) || (name === 'notification:update' && data.id === id && data.status === 'read');
  await alice.inbox.find(hears, 'that it is read');
  rung.confirm();
  await settled(site, [alice]);
  const row = await site.row(id);
  assert.deepEqual([row.status, row.read_at], ['read', LONG_AGO]);
});

test('a client with the stock options hears changes before, during and after its upgrade', async (t) => {
  const { site, id, sql } = await openInbox(t);
  const client = socketClient(t, site.url, { auth: { token: await site.token() }, transports: ['polling', 'websocket'] });
  await client.event('connected');
  for (let n = 0; n < 20; n++) await sql(`UPDATE notifications SET title = 'No ${n}' WHERE id = :id`);
  await client.event('notification:update', ({ title }) => title === 'No 19');
  await eventually(() => client.socket.io.engine.transport.name === 'websocket', 'the upgrade');
  await sql(`DELETE FROM notifications WHERE id = :id`);
  assert.deepEqual(await client.event('notification:remove'), { ids: [id], reason: 'deleted' });
});
