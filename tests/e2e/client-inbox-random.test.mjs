// belfry-client against the real gateway, which is killed now and then: random changes by SQL, and by two pages of one
// user, on different carriers. At the end, both pages show what the table says.
//
// INBOX_SEED repeats a run, INBOX_STEPS makes it longer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, NoWebSocket, openLastingSite, startClient } from './harness.mjs';
import { dice } from './lib/model/dice.mjs';

const SEED = Number(process.env.INBOX_SEED ?? 11);
const STEPS = Number(process.env.INBOX_STEPS ?? 150);
const ONE = "(SELECT id FROM notifications WHERE user_id = 'alice' ORDER BY random() LIMIT 1)";

/** What an application, or a person with a shell, may do to rows. */
const statements = (site) => [
  "INSERT INTO notifications (user_id, title) VALUES ('alice', 'new')",
  "INSERT INTO notifications (user_id, title) SELECT 'alice', 'burst' FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8)) AS eight",
  "INSERT INTO notifications (user_id, title, idempotency_key) VALUES ('alice', 'upsert', 'one') ON CONFLICT (user_id, idempotency_key) DO UPDATE SET title = notifications.title || '+', status = 'pending'",
  `UPDATE notifications SET title = 'changed ' || id WHERE id = ${ONE}`,
  `UPDATE notifications SET status = 'read' WHERE status = 'delivered' AND id = ${ONE}`,
  `UPDATE notifications SET status = 'delivered' WHERE status = 'read' AND id = ${ONE}`,
  `UPDATE notifications SET status = 'cancelled' WHERE id = ${ONE}`,
  `UPDATE notifications SET status = 'pending' WHERE id = ${ONE}`,
  `UPDATE notifications SET archived_at = ${site.now()} WHERE archived_at IS NULL AND id = ${ONE}`,
  `UPDATE notifications SET archived_at = NULL WHERE id = ${ONE}`,
  `DELETE FROM notifications WHERE id = ${ONE}`,
  `BEGIN; DELETE FROM notifications; ROLLBACK`,
  // A list keeps 500 rows: there must not be more.
  'DELETE FROM notifications WHERE id < (SELECT max(id) - 300 FROM notifications)',
];

/** What a page does with one of its rows. */
const METHODS = ['markNotificationsRead', 'markNotificationsUnread', 'archiveNotifications'];

const shown = ({ client }) => JSON.stringify([client.notifications.map(({ id, title, read }) => [id, title, read]), client.unreadCount]);

async function table(site) {
  const rows = await site.sql(`SELECT id, title, status = 'read' AS read FROM notifications
    WHERE user_id = 'alice' AND archived_at IS NULL AND status IN ('pending', 'delivered', 'read') ORDER BY id DESC`);
  return JSON.stringify([rows.map(({ id, title, read }) => [String(id), title, Boolean(read)]), rows.filter(({ read }) => !read).length]);
}

/** A page whose list goes down to the oldest row, and so must have every one. */
async function wholePage(t, site, options) {
  const page = await startClient(t, site, options);
  await page.hear('connected');
  await page.client.loadMore(100);
  assert.equal(page.client.hasMore, false);
  return page;
}

async function act(site, pages, { pick, chance }) {
  if (chance(0.6)) return site.sql(pick(statements(site)));
  const { client } = pick(pages);
  const some = client.notifications.filter(() => chance(0.2)).map(({ id }) => id);
  if (chance(0.75)) return some.length && client[pick(METHODS)](some).catch(() => {});
  const archived = await client.listNotifications({ archived: true, limit: 5 }).catch(() => ({ notifications: [] }));
  return client.unarchiveNotifications(archived.notifications.map(({ id }) => id)).catch(() => {});
}

test(`what two pages show at the end is what the table says: seed ${SEED}`, async (t) => {
  const site = await openLastingSite(t);
  const pages = [await wholePage(t, site), await wholePage(t, site, { WebSocket: NoWebSocket })];
  const random = dice(SEED);
  for (let step = 0; step < STEPS; step++) {
    await act(site, pages, random);
    if (!random.chance(0.02)) continue;
    await site.gateway.kill();
    await site.sql(random.pick(statements(site)));
    await site.startGateway();
  }
  for (const page of pages) {
    await eventually(async () => shown(page) === (await table(site)), 'the page to show the table')
      .catch(async ({ message }) => assert.equal(shown(page), await table(site), `${page.client.carrier}: ${message}`));
  }
});
