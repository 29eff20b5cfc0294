// What the page sees of its notifications: changed, taken back, archived, counted, and reconciled on each connection.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BelfryClient } from '../src/index.js';
import { Clock } from './support/clock.mjs';
import { fakeWebSockets } from './support/fake-websocket.mjs';
import { answerLists, Table } from './support/table.mjs';

const EVENTS = ['notification', 'update', 'remove', 'read', 'unread', 'unreadCount', 'unseenCount'];

/** A connected page of a user with `count` notifications, and what it was told since then. */
async function page(t, count = 0, { prepare = () => {}, ...options } = {}) {
  const clock = new Clock(t);
  t.mock.method(Math, 'random', () => 1);
  const sockets = fakeWebSockets();
  const token = () => ({ token: 'token-1', expiresIn: 3600 });
  const client = new BelfryClient({ url: 'ws://example.com/ws', token, WebSocket: sockets.WebSocket, ...options });
  const table = new Table();
  for (let id = 1; id <= count; id++) table.insert();
  const told = [];
  const errors = [];
  for (const name of EVENTS) client.on(name, (value) => told.push([name, value?.title ?? value]));
  client.on('error', ({ code }) => errors.push(code));
  t.after(() => client.disconnect());
  const site = { clock, sockets, client, table, told, errors, receive: (...event) => sockets.last.receive(...event) };
  site.answer = () => answerLists(sockets.last, table, clock);
  site.accept = async (session) => {
    sockets.last.accept(session);
    sockets.last.receive('pong', {});
    await clock.advance(0);
  };
  /** Drops the connection, and accepts the next; its lists are not answered yet. */
  site.reconnect = async (session) => {
    const { length } = sockets.opened;
    sockets.last.end();
    while (sockets.opened.length === length) await clock.advance(1_000);
    await site.accept(session);
  };
  prepare(site);
  client.connect();
  await clock.advance(0);
  await site.accept();
  await site.answer();
  told.splice(0);
  return site;
}

const shown = ({ client }) => client.notifications.map(({ id, title, read }) => [id, title, read]);

test('an update replaces the row in its place, and rings no bell', async (t) => {
  const site = await page(t, 2);
  site.receive('notification:update', site.table.set(1, { title: '4 new messages', updatedAt: 't' }));
  assert.deepEqual(shown(site), [['2', 'title 2', false], ['1', '4 new messages', false]]);
  assert.deepEqual(site.told, [['update', '4 new messages']]);
  site.receive('notification:update', site.table.read(1));
  assert.equal(site.told.length, 1, 'its content is the same');
  assert.equal(site.client.notifications[1].read, true);
});

test('what is taken back goes, in whatever form its ids come', async (t) => {
  const site = await page(t, 3);
  site.receive('notification:remove', { ids: [1, '2'], reason: 'cancelled' });
  assert.deepEqual(shown(site), [['3', 'title 3', false]]);
  assert.deepEqual(site.told, [['remove', { ids: ['1', '2'], reason: 'cancelled' }]]);
});

test('what is marked as unread elsewhere is unread here', async (t) => {
  const site = await page(t, 1);
  site.receive('notification:read', { ids: ['1'] });
  site.receive('notification:unread', { ids: ['1'] });
  assert.deepEqual(site.told, [['read', ['1']], ['unread', ['1']]]);
  assert.equal(site.client.notifications[0].read, false);
});

const ACTIONS = [
  ['markNotificationsUnread', 'notification:mark_unread', 1, [['2', true], ['1', true]], [['2', true], ['1', false]]],
  ['archiveNotifications', 'notification:archive', 1, [['2', false], ['1', false]], [['2', false]]],
  ['archiveNotifications', 'notification:archive', 0, [['2', true], ['1', true]], [['2', true]]],
];

for (const [method, event, unread, before, after] of ACTIONS) {
  for (const ok of [true, false]) {
    test(`${method} of a row that is ${before[1][1] ? 'read' : 'unread'} takes effect at once, ${ok ? 'and stays' : 'and is undone if it is refused'}`, async (t) => {
      const site = await page(t, 2);
      const { client, sockets } = site;
      const states = () => client.notifications.map(({ id, read }) => [id, read]);
      if (before[0][1]) site.receive('notification:read', { ids: ['1', '2'] });
      site.receive('notification:unread_count', before[0][1] ? 0 : 2);
      const counts = [client.unreadCount, method === 'markNotificationsUnread' ? 1 : client.unreadCount - unread];
      const done = client[method]([1]);
      assert.deepEqual(sockets.last.last(event).data, { ids: ['1'] });
      assert.deepEqual([states(), client.unreadCount], [after, counts[1]]);
      sockets.last.answer(event, ok ? { ok, marked: 1, unread: counts[1] } : { ok, code: 'unavailable', message: 'Later' });
      await (ok ? done : assert.rejects(done, { code: 'unavailable' }));
      assert.deepEqual([states(), client.unreadCount], ok ? [after, counts[1]] : [before, counts[0]]);
    });
  }
}

test('an archived row comes back at once, and is the gateway’s own when that tells it', async (t) => {
  const site = await page(t, 3);
  const { client, sockets, table } = site;
  const archived = client.archiveNotifications(['2']);
  sockets.last.answer('notification:archive', { ok: true, marked: 1 });
  await archived;
  const back = client.unarchiveNotifications(['2']);
  assert.deepEqual(shown(site)[1], ['2', 'title 2', true]);
  sockets.last.answer('notification:unarchive', { ok: true, marked: 1 });
  await back;
  site.receive('notification:update', table.read(2));
  assert.deepEqual(shown(site).map(([id]) => id), ['3', '2', '1']);
  assert.equal(client.notifications[1].readAt, 'now');
  assert.ok(!site.told.some(([name]) => name === 'update' || name === 'remove'), 'the page did it itself');
});

test('rows from a list of archived ones do not go into the list, until they are put back', async (t) => {
  const site = await page(t, 3);
  const { client, table, sockets } = site;
  table.set(2, { archivedAt: 't', status: 'read', readAt: 't' });
  site.receive('notification:remove', { ids: ['2'], reason: 'archived' });
  const list = client.listNotifications({ archived: true });
  await site.answer();
  assert.deepEqual((await list).notifications.map(({ id, archivedAt }) => [id, archivedAt]), [['2', 't']]);
  assert.equal(client.notifications.length, 2);
  const back = client.unarchiveNotifications(['2', '77']);
  assert.deepEqual(client.notifications.map(({ id, archivedAt = null }) => [id, archivedAt]), [['3', null], ['2', null], ['1', null]]);
  sockets.last.answer('notification:unarchive', { ok: true, marked: 0 });
  await back;
  assert.equal(client.notifications.length, 2, 'nothing was put back');
});

test('a mark that fails is undone in the row as it is by then', async (t) => {
  const site = await page(t, 1);
  const { client, sockets, table } = site;
  const marked = client.markNotificationsRead(['1']);
  site.receive('notification:update', table.set(1, { title: 'new' }));
  assert.deepEqual(shown(site), [['1', 'new', true]]);
  sockets.last.answer('notification:mark_read', { ok: false, code: 'busy', message: 'Later' });
  await assert.rejects(marked);
  assert.deepEqual(shown(site), [['1', 'new', false]]);
});

test('what comes right behind an answer is handled after it', async (t) => {
  const site = await page(t, 1);
  const { client, sockets } = site;
  const marked = client.markNotificationsRead(['1']);
  sockets.last.answer('notification:mark_read', { ok: true });
  site.receive('notification:unread', { ids: ['1'] });
  await marked;
  assert.equal(client.notifications[0].read, false);
});

test('counts are right whichever comes first, the answer or the count', async (t) => {
  for (const order of ['count first', 'answer first']) {
    const site = await page(t, 3);
    const { client, sockets, told } = site;
    site.receive('notification:unread_count', 3);
    told.splice(0);
    const marked = client.markNotificationsRead(['1']);
    const steps = [
      () => site.receive('notification:unread_count', 2),
      () => sockets.last.answer('notification:mark_read', { ok: true }),
    ];
    for (const step of order === 'count first' ? steps : steps.reverse()) {
      step();
      assert.equal(client.unreadCount, 2);
    }
    await marked;
    assert.equal(client.unreadCount, 2);
  }
});

test('a refused mark does not undo what was counted meanwhile', async (t) => {
  const site = await page(t, 2);
  site.receive('notification:unread_count', 2);
  const marked = site.client.markAllNotificationsRead();
  assert.equal(site.client.unreadCount, 0);
  site.receive('notification:unread_count', 5);
  site.sockets.last.answer('notification:mark_all_read', { ok: false, code: 'busy', message: 'Later' });
  await assert.rejects(marked);
  assert.equal(site.client.unreadCount, 5);
});

test('unseen counts are asked for in the handshake if the page uses them, and on each connection', async (t) => {
  const site = await page(t, 0);
  const hello = () => site.sockets.last.sent.find(({ event }) => event === 'auth').data;
  assert.equal(hello().seen, true);
  site.receive('notification:unread_count', 3);
  site.receive('notification:unseen_count', 2);
  assert.equal(site.client.unseenCount, 2);
  const seen = site.client.markAllSeen();
  assert.deepEqual([site.client.unseenCount, site.client.unreadCount], [0, 3]);
  site.sockets.last.answer('notification:mark_seen', { ok: true });
  await seen;
  assert.equal(site.client.unseenCount, 0);
  await site.reconnect();
  assert.equal(hello().seen, true);
});

test('a refused markAllSeen is undone; what was read is not unseen', async (t) => {
  const site = await page(t, 2);
  site.receive('notification:unread_count', 2);
  site.receive('notification:unseen_count', 2);
  const seen = site.client.markAllSeen();
  site.sockets.last.answer('notification:mark_seen', { ok: false, code: 'busy', message: 'Later' });
  await assert.rejects(seen);
  assert.equal(site.client.unseenCount, 2);
  site.told.splice(0);
  site.client.markNotificationsRead(['1', '2']).catch(() => {});
  assert.deepEqual(site.told, [['unreadCount', 0], ['unseenCount', 0]]);
});

test('who does not use unseen counts does not ask; who begins later asks on the open connection', async (t) => {
  const clock = new Clock(t);
  const sockets = fakeWebSockets();
  const token = () => ({ token: 't', expiresIn: 3600 });
  const client = new BelfryClient({ url: 'ws://x/ws', token, WebSocket: sockets.WebSocket });
  t.after(() => client.disconnect());
  client.connect();
  await clock.advance(0);
  sockets.last.open();
  assert.deepEqual(sockets.last.last('auth').data, { token: 't', ack: true });
  client.on('unseenCount', () => {});
  assert.equal(sockets.last.count('auth'), 1, 'not in the middle of the handshake');
  sockets.last.receive('connected', { userId: 'alice', queue: 'q' });
  assert.deepEqual(sockets.last.last('auth').data, { seen: true });
  client.on('unseenCount', () => {});
  assert.equal(sockets.last.count('auth'), 2);
});

test('a new connection brings the list to what the table says, with no bell', async (t) => {
  const site = await page(t, 5);
  const { client, table, told } = site;
  const [kept] = client.notifications;
  table.set(1, { title: 'new' });
  table.read(2);
  table.delete(3);
  table.set(4, { archivedAt: 't' });
  table.insert();
  table.read(table.insert().id);
  const lists = [];
  client.on('notifications', (list) => lists.push(list.length));
  await site.reconnect();
  await site.answer();
  await site.clock.advance(200);
  assert.deepEqual(shown(site), [
    ['7', 'title 7', true], ['6', 'title 6', false], ['5', 'title 5', false], ['2', 'title 2', true], ['1', 'new', false],
  ]);
  assert.equal(client.notifications[2], kept, 'the same object');
  assert.deepEqual(told, [['update', 'new'], ['remove', { ids: ['4', '3'], reason: 'gone' }]]);
  assert.deepEqual(lists, [6, 5], 'never empty meanwhile');
});

test('nothing that has not changed is told on a new connection', async (t) => {
  const site = await page(t, 5);
  const list = site.client.notifications;
  let lists = 0;
  site.client.on('notifications', () => lists++);
  await site.reconnect();
  await site.answer();
  await site.clock.advance(200);
  assert.equal(site.client.notifications, list);
  assert.deepEqual([lists, site.told], [0, []]);
});

test('events that arrive between the request and its answer are not undone by it', async (t) => {
  const site = await page(t, 4);
  const { table, sockets, clock, client } = site;
  await site.reconnect();
  const pending = [];
  await answerLists(sockets.last, { list: (range) => {
    const answer = table.list(range);
    if (range.unread) return answer;
    pending.push(answer);
    site.receive('notification:update', { ...table.get(4), title: 'told' });
    site.receive('notification:remove', { ids: ['3'], reason: 'deleted' });
    site.receive('notification:read', { ids: ['2'] });
    client.markNotificationsRead(['1']).catch(() => {});
    return answer;
  } }, clock);
  assert.equal(pending.length, 1);
  assert.deepEqual(shown(site), [['4', 'told', false], ['2', 'title 2', true], ['1', 'title 1', true]]);
});

test('a check that fails for a passing reason is tried again, one that is refused says so', async (t) => {
  const site = await page(t, 2);
  const { sockets, table, clock, errors } = site;
  table.delete(1);
  await site.reconnect();
  sockets.last.answer('notification:list', { ok: false, code: 'busy', message: 'Later' });
  await clock.advance(0);
  await clock.advance(1_000);
  sockets.last.answered = new Set([sockets.last.sent.find(({ event }) => event === 'notification:list').id]);
  await site.answer();
  assert.deepEqual([shown(site).length, errors], [1, []]);
  await site.reconnect();
  sockets.last.answer('notification:list', { ok: false, code: 'bad_request', message: 'No' });
  await clock.advance(5_000);
  assert.deepEqual(errors, ['bad_request']);
});

test('a mark without an answer is undone, and the table is asked', async (t) => {
  const site = await page(t, 1);
  const marked = assert.rejects(site.client.markNotificationsRead(['1']), { code: 'timeout' });
  await site.clock.advance(10_000);
  await marked;
  assert.equal(site.client.notifications[0].read, false);
  site.table.read(1);
  await site.answer();
  assert.equal(site.client.notifications[0].read, true);
});

test('loadMore lists page by page, without a gap, beside old ones that are unread', async (t) => {
  const site = await page(t, 30, { prepare: ({ table }) => { for (let id = 2; id <= 30; id++) table.read(id); } });
  const { client, sockets } = site;
  assert.deepEqual([shown(site).map(([id]) => id), client.hasMore], [['1'], true]);
  const more = async (limit) => {
    const loaded = client.loadMore(limit);
    await site.answer();
    return loaded;
  };
  assert.equal((await more(10)).hasMore, true);
  assert.deepEqual(shown(site).map(([id]) => id), ['30', '29', '28', '27', '26', '25', '24', '23', '22', '21', '1']);
  await more(10);
  assert.deepEqual(sockets.last.last('notification:list').data, { limit: 10, before: '21' });
  assert.equal((await more()).hasMore, false);
  assert.deepEqual([client.notifications.length, client.hasMore], [30, false]);
  assert.deepEqual(await client.loadMore(), { notifications: [], hasMore: false });
});

test('another user sees none of it', async (t) => {
  const site = await page(t, 2, { token: () => 'opaque' });
  site.receive('notification:unread_count', 2);
  site.receive('notification:unseen_count', 2);
  site.client.archiveNotifications(['1']).catch(() => {});
  await site.reconnect({ userId: 'bob' });
  const { client } = site;
  assert.deepEqual([client.notifications, client.unreadCount, client.unseenCount, client.hasMore], [[], 0, 0, true]);
});

/** A page with the newest `count` rows, all read, of a table with 100 more. */
async function longPage(t, count) {
  const site = await page(t, count + 100, { prepare: ({ table }) => { for (const id of table.rows.keys()) table.read(id); } });
  while (site.client.notifications.length < count) {
    const loaded = site.client.loadMore(100);
    await site.answer();
    await loaded;
  }
  return site;
}

test('a list of several pages is checked over all of them, and not beyond', async (t) => {
  const site = await longPage(t, 300);
  const { client, table, sockets } = site;
  for (const id of [400, 250, 101]) table.delete(id);
  table.set(102, { title: 'new' });
  await site.reconnect();
  await site.answer();
  assert.deepEqual([client.notifications.length, client.notifications.at(-1).title, client.hasMore], [297, 'new', true]);
  assert.equal(sockets.last.count('notification:list'), 4);
  const loaded = client.loadMore(100);
  await site.answer();
  assert.deepEqual([(await loaded).notifications[0].id, client.notifications.length], ['100', 397]);
});

test('rows that came meanwhile may fill the list, which then has no gap', async (t) => {
  const site = await longPage(t, 200);
  const { client, table, sockets } = site;
  for (let id = 0; id < 1000; id++) table.read(table.insert().id);
  await site.reconnect();
  await site.answer();
  assert.equal(sockets.last.count('notification:list'), 6);
  assert.deepEqual([client.notifications[0].id, client.notifications.at(-1).id, client.hasMore], ['1300', '801', false]);
});

test('what one check does not reach is dropped, and can be listed again', async (t) => {
  const old = Array.from({ length: 20 }, (_, at) => String(1 + at * 150));
  const site = await page(t, 3000, { prepare: ({ table }) => {
    for (const id of table.rows.keys()) if (!old.includes(id)) table.read(id);
  } });
  const { client, table, sockets } = site;
  assert.equal(client.notifications.length, 20);
  for (const id of old) table.read(id);
  site.receive('notification:read', { ids: old });
  await site.reconnect();
  await site.answer();
  assert.equal(sockets.last.count('notification:list'), 9);
  const [newest] = client.notifications;
  assert.deepEqual([newest.id, client.hasMore, client.notifications.filter(({ id }) => old.includes(id)).length], ['3000', true, 5]);
  const list = client.listNotifications({ before: '2', limit: 1 });
  await site.answer();
  await list;
  assert.equal(client.notifications.at(-1).id, '1');
});
