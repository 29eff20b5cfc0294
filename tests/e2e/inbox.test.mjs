// What a user does with notifications on one device shows on all others: unread again,
// archived, brought back, seen.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openDevice, openDevices, openSite, testDevices } from './harness.mjs';

/** Rows of alice that are delivered already; returns their ids. */
async function deliveredRows(site, count, more = {}) {
  const ids = [];
  for (let n = 1; n <= count; n++)
    ids.push(await site.insert('alice', `Title ${n}`, { status: 'delivered', delivered_at: '2026-01-01T00:00:00.000Z', ...more }));
  return ids;
}

const ids = (list) => list.map(({ id }) => id);
/** Its last count is this. From another gateway, counts and news of rows come in any order. */
const unread = (device, number) => eventually(() => device.heard('notification:unread_count').at(-1) === number, `${number} unread on ${device.kind}`);

testDevices('read and unread again: all devices hear both, with the counts', async (t, open) => {
  const site = await openSite(t);
  const [one, two] = await deliveredRows(site, 2);
  const actor = await open(site);
  const others = await openDevices(t, site);
  assert.deepEqual(await actor.ask('notification:mark_read', { ids: [one, two] }), { ok: true, marked: 2, unread: 0 });
  await Promise.all(others.map((device) => unread(device, 0)));

  assert.deepEqual(await actor.ask('notification:mark_unread', { ids: [one, Number(one), '999'] }), { ok: true, marked: 1, unread: 1 });
  await unread(actor, 1);
  for (const device of others) {
    assert.deepEqual((await device.find('notification:unread')).data, { ids: [one] });
    await unread(device, 1);
  }
  assert.deepEqual(actor.heard('notification:unread'), []);
  const row = await site.row(one);
  assert.deepEqual([row.status, row.read_at], ['delivered', null]);
  assert.equal((await site.row(two)).status, 'read');
  assert.deepEqual(await actor.ask('notification:mark_unread', { ids: [one] }), { ok: true, marked: 0, unread: 1 });
});

testDevices('archived on one device, gone from all; brought back, it is back on all', async (t, open) => {
  const site = await openSite(t);
  const [one, two, three] = await deliveredRows(site, 3);
  const actor = await open(site);
  const others = await openDevices(t, site);
  assert.deepEqual(await actor.ask('notification:archive', { ids: [one, two, two, 999] }), { ok: true, marked: 2, unread: 1 });
  await unread(actor, 1);
  for (const device of others) {
    assert.deepEqual(await device.event('notification:remove'), { ids: [one, two], reason: 'archived' });
    await unread(device, 1);
  }
  const row = await site.row(one);
  assert.equal(row.status, 'read');
  assert.ok(row.archived_at && row.read_at && row.seen_at);
  assert.deepEqual(ids((await actor.ask('notification:list', {})).notifications), [three]);
  const archive = (await actor.ask('notification:list', { archived: true })).notifications;
  assert.deepEqual(ids(archive), [two, one]);
  assert.ok(archive[0].archivedAt && archive[0].readAt);

  assert.deepEqual(await actor.ask('notification:unarchive', { ids: [one] }), { ok: true, marked: 1, unread: 1 });
  for (const device of [actor, ...others]) {
    const back = await device.event('notification:update');
    assert.deepEqual([back.id, back.title, back.status, 'archivedAt' in back], [one, 'Title 1', 'read', false]);
  }
  assert.deepEqual(actor.heard('notification:remove'), []);
  assert.deepEqual(ids((await actor.ask('notification:list', {})).notifications), [three, one]);
});

testDevices('the number of unseen is for those who ask: by seen in auth, or by mark_seen', async (t, open) => {
  const site = await openSite(t);
  await deliveredRows(site, 2);
  const badge = await open(site, { auth: { seen: true } });
  assert.equal(await badge.event('notification:unseen_count'), 2);
  const others = await openDevices(t, site, { auth: { seen: true } });
  const plain = await open(site);
  await site.insert('alice', 'Another');
  await badge.event('notification:unseen_count', (count) => count === 3);

  assert.deepEqual(await badge.ask('notification:mark_seen'), { ok: true, marked: 3, unread: 3 });
  for (const device of [badge, ...others]) await device.event('notification:unseen_count', (count) => count === 0);
  assert.ok((await site.sql('SELECT * FROM notifications')).every(({ seen_at, status }) => seen_at && status === 'delivered'));
  assert.deepEqual(plain.heard('notification:unseen_count'), []);

  await plain.ask('notification:mark_seen', {});
  assert.deepEqual(plain.heard('notification:unseen_count'), [0]);
  await site.insert('alice', 'Later');
  await plain.event('notification:unseen_count', (count) => count === 1);
  await eventually(() => plain.heard('notification:unread_count').at(-1) === 4, 'four unread');
  assert.equal((await plain.ask('notification:get_count')).count, 4);
});

testDevices('the list can be of one type, and its filters can be combined', async (t, open) => {
  const site = await openSite(t);
  const alerts = await deliveredRows(site, 2, { type: 'alert' });
  const others = await deliveredRows(site, 2, { type: 'message' });
  const alice = await open(site);
  const list = async (filter) => ids((await alice.ask('notification:list', filter)).notifications);
  await alice.ask('notification:archive', { ids: [alerts[0]] });
  assert.deepEqual(await list({ type: 'alert' }), [alerts[1]]);
  assert.deepEqual(await list({ type: 'alert', archived: true }), [alerts[0]]);
  assert.deepEqual(await list({ type: 'message', archived: true }), []);
  assert.deepEqual(await list({ type: 'message', before: others[1] }), [others[0]]);
  assert.deepEqual(await list({ type: 'none' }), []);
  await alice.ask('notification:mark_read', { ids: [others[0]] });
  assert.deepEqual(await list({ type: 'message', unread: true }), [others[1]]);
  const page = await alice.ask('notification:list', { limit: 1, type: 'message' });
  assert.deepEqual([ids(page.notifications), page.hasMore], [[others[1]], true]);
});

testDevices('what is malformed is refused, and another user\'s rows are left alone', async (t, open) => {
  const site = await openSite(t);
  const [id] = await deliveredRows(site, 1);
  const bob = await open(site, { user: 'bob' });
  const refused = async (name, data) => assert.equal((await bob.ask(name, data)).code, 'bad_request', `${name} ${JSON.stringify(data)}`);
  for (const name of ['mark_unread', 'archive', 'unarchive']) {
    for (const data of [undefined, {}, { ids: 1 }, { ids: ['x'] }, { ids: [0] }, { ids: Array(1001).fill(1) }])
      await refused(`notification:${name}`, data);
    assert.deepEqual(await bob.ask(`notification:${name}`, { ids: [id] }), { ok: true, marked: 0, unread: 0 });
  }
  for (const data of [{ archived: 'yes' }, { archived: 1 }, { type: 7 }, { type: [] }]) await refused('notification:list', data);
  assert.equal((await site.row(id)).archived_at, null);
});

test('with archives, marks and inserts at once, all devices end with the counts of the table', async (t) => {
  const site = await openSite(t, { settings: { gateway: { rate: 5000, burst: 10_000 } } });
  const all = await deliveredRows(site, 20);
  const devices = await openDevices(t, site, { auth: { seen: true } });
  const events = ['mark_read', 'mark_unread', 'archive', 'unarchive', 'mark_seen'];
  const elsewhere = [
    `UPDATE notifications SET archived_at = NULL WHERE id % 3 = 0`,
    `UPDATE notifications SET seen_at = NULL WHERE id % 2 = 0`,
    `INSERT INTO notifications (user_id, title) VALUES ('alice', 'a'), ('bob', 'b')`,
    `UPDATE notifications SET status = 'delivered', read_at = NULL WHERE id % 5 = 0 AND status = 'read'`,
    `DELETE FROM notifications WHERE id % 17 = 0`,
  ];
  const writer = async () => { for (let n = 0; n < 20; n++) await site.sql(elsewhere[n % elsewhere.length]); };
  const clicker = (device, i) => async () => {
    for (let n = 0; n < 40; n++)
      await device.ask(`notification:${events[(n + i) % events.length]}`, { ids: [all[(7 * n + i) % 20], all[(3 * n + i) % 20]] });
  };
  await Promise.all([writer(), ...devices.map((device, i) => clicker(device, i)())]);
  await eventually(async () => {
    const [{ unread: most, unseen }] = await site.sql(`SELECT count(*) AS unread, count(*) FILTER (WHERE seen_at IS NULL) AS unseen
      FROM notifications WHERE user_id = 'alice' AND archived_at IS NULL AND status IN ('pending', 'delivered')`);
    return devices.every(({ heard }) => heard('notification:unread_count').at(-1) === most && heard('notification:unseen_count').at(-1) === unseen);
  }, 'the counts of all devices to be those of the table');
});

testDevices('events that no one may say so often are refused as all others', async (t, open) => {
  const site = await openSite(t, { settings: { gateway: { rate: 1, burst: 5 } } });
  const alice = await open(site);
  const answers = await Promise.all(Array.from({ length: 8 }, () => alice.ask('notification:archive', { ids: [1] })));
  assert.ok(answers.some(({ code }) => code === 'rate_limited'));
});

test('an auth event later than the handshake asks for the unseen count too', async (t) => {
  const site = await openSite(t);
  await deliveredRows(site, 2);
  for (const kind of ['the plain framing', 'an event stream']) {
    const device = await openDevice(t, site, kind);
    assert.deepEqual(device.heard('notification:unseen_count'), []);
    await device.ask('auth', { seen: true });
    assert.equal(await device.event('notification:unseen_count'), 2);
  }
});
