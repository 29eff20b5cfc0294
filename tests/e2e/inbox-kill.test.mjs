// kill -9 while people read and archive: what was acknowledged is in the table, what was
// not is there wholly or not at all, and the next page shows the table.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLastingSite, plainClient } from './harness.mjs';

const ROUNDS = 8;
const ROWS = 200;

/** What a mark makes of a row, by its event. */
const MARKS = {
  'notification:mark_read': ({ status, read_at: at, archived_at: archived }) => status === 'read' && at && !archived,
  'notification:mark_unread': ({ status, read_at: at, archived_at: archived }) => status === 'delivered' && !at && !archived,
  'notification:archive': ({ status, read_at: at, archived_at: archived }) => status === 'read' && at && archived,
  'notification:unarchive': ({ status, archived_at: archived }) => status === 'read' && !archived,
};

/** What the rows are before, by the same events. */
const BEFORE = {
  'notification:mark_read': { status: 'delivered' },
  'notification:mark_unread': { status: 'read', read: true },
  'notification:archive': { status: 'delivered' },
  'notification:unarchive': { status: 'read', read: true, archived: true },
};

/** Fills the table; returns the event that each row is for, by id. */
async function fill(site) {
  const events = Object.keys(MARKS);
  const rows = Array.from({ length: ROWS }, (_, n) => events[n % events.length]);
  const values = rows.map((event) => {
    const { status, read, archived } = BEFORE[event];
    return `('alice', '${event}', '${status}', ${site.now()}, ${read ? site.now() : 'NULL'}, ${archived ? site.now() : 'NULL'})`;
  });
  await site.sql(`DELETE FROM notifications;
    INSERT INTO notifications (user_id, title, status, delivered_at, read_at, archived_at) VALUES ${values.join(', ')}`);
  return site.sql('SELECT id, title AS event FROM notifications ORDER BY id');
}

/** Sends all marks, and kills the gateway at that answer; returns the ids that were acknowledged. */
async function killAt(t, site, token, rows, count) {
  const page = plainClient(t, `${site.url}/ws`, { token });
  await page.event('connected');
  for (const { id, event } of rows) page.send(event, { ids: [String(id)] }, { id });
  const acknowledged = [];
  while (acknowledged.length < count) {
    const frame = await page.inbox.next((each) => each.ack !== undefined, 'an acknowledgement');
    assert.equal(frame.data.ok, true, JSON.stringify(frame));
    acknowledged.push(frame.ack);
  }
  await site.gateway.kill();
  await page.closed();
  const all = page.inbox.all.filter(({ ack, data }) => ack !== undefined && data.ok);
  return new Set(all.map(({ ack }) => ack));
}

test('kill -9 while rows are read and archived: what was acknowledged is there, all else is whole', async (t) => {
  const site = await openLastingSite(t, { settings: { gateway: { rate: 1000, burst: 1000 } } });
  const token = await site.token();
  for (let round = 0; round < ROUNDS; round++) {
    const rows = await fill(site);
    const acknowledged = await killAt(t, site, token, rows, 1 + round * 20);
    const stored = await site.sql('SELECT * FROM notifications ORDER BY id');
    const isDone = (row) => Boolean(MARKS[row.title](row));
    const lost = stored.filter((row) => acknowledged.has(row.id) && !isDone(row));
    assert.deepEqual(lost, [], `round ${round}`);
    const before = ({ status, read, archived }) => [status, Boolean(read), Boolean(archived)].join(' ');
    const half = stored.filter((row) => !isDone(row)
      && before({ status: row.status, read: row.read_at, archived: row.archived_at }) !== before(BEFORE[row.title]));
    assert.deepEqual(half, [], `round ${round}`);

    await site.startGateway();
    await showsTable(t, site, token);
  }
});

async function showsTable(t, site, token) {
  const page = plainClient(t, `${site.url}/ws`, { token });
  await page.event('connected');
  page.send('notification:list', { limit: 100 }, { id: 1 });
  const { notifications } = (await page.ack(1)).data;
  const stored = await site.sql('SELECT id, status FROM notifications WHERE archived_at IS NULL ORDER BY id DESC LIMIT 100');
  assert.deepEqual(notifications.map(({ id, status }) => [Number(id), status]), stored.map(({ id, status }) => [id, status]));
  const unread = await site.sql("SELECT count(*) AS count FROM notifications WHERE status = 'delivered' AND archived_at IS NULL");
  page.send('notification:get_count');
  await page.event('notification:unread_count', (count) => count === unread[0].count);
}
