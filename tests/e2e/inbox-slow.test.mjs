// Devices that take nothing for a while, and notifications that change meanwhile: they
// are told the last state of each, and cost the gateway little.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enterPolling, eventually, openDevice, openSite, plainClient } from './harness.mjs';

const ROWS = 600; // of 16 KB: more than a socket takes
const LONG_AGO = '2026-01-01T00:00:00.000Z';

/** A site where alice has that many delivered rows. */
async function openFull(t, rows = ROWS) {
  const site = await openSite(t, { settings: { gateway: { max_buffer: '64K', ping_interval: '60s', ping_timeout: '60s' } } });
  await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO notifications (user_id, title, status, delivered_at) SELECT 'alice', 'old', 'delivered', '${LONG_AGO}' FROM n`);
  return site;
}

const isBehind = (site) =>
  eventually(async () => (await site.metric('belfry_notification_changes_behind_total')) > 0, 'changes to wait');

/** Changes all rows, the first of them by much text, until the slow device is behind; then again, and deletes some. */
async function changeAll(site) {
  await site.sql(`UPDATE notifications SET title = 'first', body = '${'0'.repeat(16000)}' WHERE id <= ${ROWS}`);
  await isBehind(site);
  for (let n = 0; n < 5; n++) await site.sql(`UPDATE notifications SET title = 'middle ${n}'`);
  await site.sql(`BEGIN; UPDATE notifications SET title = 'last', body = ''; DELETE FROM notifications WHERE id % 100 = 0;
    UPDATE notifications SET archived_at = '${LONG_AGO}' WHERE id % 100 = 1; COMMIT`);
}

/** What a page shows that hears these events, by id: a title, or why it is gone. */
function shown(updates, removals) {
  const rows = new Map(updates.map(({ id, title }) => [id, title]));
  for (const { ids, reason } of removals) for (const id of ids) rows.set(id, reason);
  return rows;
}

function assertLastState(rows) {
  assert.equal(rows.size, ROWS);
  for (const [id, state] of rows)
    assert.equal(state, { 0: 'deleted', 1: 'archived' }[Number(id) % 100] ?? 'last', `the state of ${id}`);
}

const isLast = (rows) => [...rows.values()].every((state) => !/first|middle/.test(state)) && rows.size === ROWS;

test('a WebSocket that was not read gets the last state of each row, and few others', async (t) => {
  const site = await openFull(t);
  const slow = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await slow.event('notification:unread_count');
  const quick = await openDevice(t, site, 'Socket.IO on a WebSocket');
  slow.socket._socket.pause();
  await changeAll(site);
  const heardBy = (inbox, name) => inbox.all.filter((each) => (each.event ?? each.name) === name).map(({ data }) => data);
  const state = ({ inbox }) => shown(heardBy(inbox, 'notification:update'), heardBy(inbox, 'notification:remove'));
  await eventually(() => isLast(state(quick)), 'the quick device to show the last state');
  slow.socket._socket.resume();
  await eventually(() => isLast(state(slow)), 'the slow device to show the last state');
  assertLastState(state(quick));
  assertLastState(state(slow));
  assert.ok(heardBy(slow.inbox, 'notification:update').length <= 2 * ROWS);
  assert.equal(await site.metric('belfry_notification_changes_closed_total'), 0);
  await site.sql(`UPDATE notifications SET title = 'live' WHERE id = 50`);
  await slow.event('notification:update', ({ title }) => title === 'live');
});

test('a polling client that did not poll gets the last state of each row', async (t) => {
  const site = await openFull(t);
  const slow = await enterPolling(t, site);
  await changeAll(site);
  const state = () => shown(slow.events('notification:update'), slow.events('notification:remove'));
  while (!isLast(state())) await slow.packet(() => true);
  assertLastState(state());
  assert.ok(slow.events('notification:update').length <= 2 * ROWS);
});

test('a device for which too many changes wait is closed 4408, and others are not', async (t) => {
  const site = await openFull(t, 40_000);
  const slow = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await slow.event('notification:unread_count');
  const quick = await openDevice(t, site, 'the plain framing');
  slow.socket._socket.pause();
  await site.sql(`UPDATE notifications SET title = 'first', body = '${'0'.repeat(16000)}' WHERE id <= ${ROWS}`);
  await isBehind(site);
  await site.sql(`UPDATE notifications SET title = 'last' WHERE id > ${ROWS}`);
  await eventually(async () => (await site.metric('belfry_notification_changes_closed_total')) === 1, 'it to be closed');
  slow.socket._socket.resume();
  assert.equal((await slow.closed()).close, 4408);
  assert.equal((await quick.ask('notification:get_count')).ok, true);
  assert.deepEqual(quick.heard('disconnect'), []);
});
