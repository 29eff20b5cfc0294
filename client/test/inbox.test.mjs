import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareIds, idAfter } from '../src/ids.js';
import { Inbox } from '../src/inbox.js';
import { Table } from './support/table.mjs';

const note = (id, more) => ({ id: String(id), title: `title ${id}`, ...more });
const notes = (...ids) => ids.map((id) => note(id));
const ids = (inbox) => inbox.list.map((item) => item.id);
const readIds = (inbox) => inbox.list.filter((item) => item.read).map((item) => item.id);
const agreed = (inbox, kind, ids) => inbox.commit(inbox.begin(kind, ids), true);

function opened() {
  let changes = 0;
  const inbox = new Inbox(() => changes++);
  inbox.open('queue', 'alice');
  const list = (notifications, range = {}, { hasMore = false, isCheck = false } = {}) =>
    inbox.take(inbox.request(), { notifications, hasMore }, range, isCheck);
  return { inbox, list, changes: () => changes };
}

/** An inbox whose list is the newest `count` of a table with that many more. */
function listing(count, rest = 0) {
  const table = new Table();
  for (let id = 1; id <= count + rest; id++) table.insert();
  const site = opened();
  const page = (range, isCheck = true) => site.inbox.take(site.inbox.request(), table.list(range), range, isCheck);
  for (let listed = 0; listed < count; listed += 100) page({ limit: Math.min(100, count - listed), ...site.inbox.older }, false);
  /** Asks for the pages that the inbox wants, and returns how many those were. */
  const check = (from) => {
    let [pages, reach] = [0, from];
    for (let range; (range = site.inbox.unchecked(reach)); pages++) ({ reach } = page(range));
    return pages;
  };
  return { ...site, table, page, check };
}

test('ids are compared as numbers of any length', () => {
  const sorted = ['9007199254740993', '10', '9', '9007199254740992'].sort(compareIds);
  assert.deepEqual(sorted, ['9', '10', '9007199254740992', '9007199254740993']);
  assert.equal(idAfter('9007199254740992'), '9007199254740993');
});

test('lists the newest first, each once', () => {
  const { inbox } = opened();
  assert.equal(inbox.arrive(note(9)), 'notification');
  assert.equal(inbox.arrive(note(10)), 'notification');
  assert.equal(inbox.arrive(note(9)), null);
  assert.deepEqual(ids(inbox), ['10', '9']);
});

test('a notification that was listed still counts as new on arrival, once', () => {
  const { inbox, list } = opened();
  list(notes(1), { unread: true });
  assert.equal(inbox.arrive(note(1)), 'notification');
  assert.equal(inbox.arrive(note(1)), null);
});

test('one that is sent again with other content replaces the first, and is an update', () => {
  const { inbox } = opened();
  inbox.arrive(note(1));
  assert.equal(inbox.arrive(note(1, { title: '4 new messages' })), 'update');
  assert.equal(inbox.list[0].title, '4 new messages');
});

test('one that is sent again after it was read or taken out is a notification again', () => {
  const { inbox } = opened();
  inbox.arrive(note(1));
  inbox.mark(['1'], true);
  assert.equal(inbox.arrive(note(1)), 'notification');
  inbox.remove(['1'], 'cancelled');
  assert.deepEqual(ids(inbox), []);
  assert.equal(inbox.arrive(note(1)), 'notification');
  inbox.mark(['1'], true);
  inbox.mark(['1'], false);
  assert.equal(inbox.arrive(note(1)), null, 'unread here is unread');
});

test('a row that was set back is unread, although it tells when it was read', () => {
  const { inbox, list } = opened();
  list([note(1, { status: 'delivered', readAt: 't' }), note(2, { status: 'pending', readAt: 't' }), note(3, { status: 'read', readAt: 't' })]);
  assert.deepEqual(readIds(inbox), ['3']);
});

test('keeps only the newest five hundred', () => {
  const { inbox } = opened();
  for (let id = 1; id <= 550; id++) inbox.arrive(note(id));
  assert.equal(inbox.list.length, 500);
  assert.equal(inbox.list.at(-1).id, '51');
});

test('replaces its list instead of changing it', () => {
  const { inbox, changes } = opened();
  inbox.arrive(note(1));
  const before = inbox.list;
  inbox.mark(['1'], true);
  assert.equal(before[0].read, false);
  assert.notEqual(inbox.list, before);
  assert.equal(changes(), 2);
  inbox.mark(['1', '7'], true);
  assert.equal(changes(), 2);
});

test('an update replaces the row in its place, and every other row is the same object', () => {
  const { inbox } = opened();
  for (const each of notes(1, 2, 3)) inbox.arrive(each);
  const [three, , one] = inbox.list;
  assert.equal(inbox.update(note(2, { title: 'new', status: 'read', readAt: 't' })), true);
  assert.deepEqual([inbox.list[0], inbox.list[2]], [three, one]);
  assert.equal(inbox.list[0], three);
  assert.equal(inbox.list[1].title, 'new');
  assert.deepEqual(readIds(inbox), ['2']);
  assert.equal(inbox.update(note(2, { title: 'new', status: 'delivered', readAt: null })), false, 'it reads alike');
  assert.deepEqual(readIds(inbox), []);
});

test('an update of a row that is not listed adds it only where the list has no gap, or it is unread', () => {
  const { inbox, table } = listing(10, 20);
  inbox.update(table.read(5));
  assert.ok(!ids(inbox).includes('5'));
  inbox.update(table.read(5, false));
  assert.equal(ids(inbox).at(-1), '5');
  table.delete(25);
  inbox.remove(['25'], 'deleted');
  inbox.update(note(25, { status: 'read', readAt: 't' }));
  assert.deepEqual(ids(inbox).slice(4, 7), ['26', '25', '24']);
});

test('what the page changes shows at once, stays, and leaves no trace if it is undone', () => {
  for (const [kind, shown] of [['read', ['2', '1']], ['archive', []], ['unread', []]]) {
    const { inbox } = opened();
    for (const each of notes(1, 2)) inbox.arrive(each);
    if (kind === 'unread') inbox.mark(['1', '2'], true);
    const before = inbox.list;
    const change = inbox.begin(kind, ['1', '2', '7']);
    assert.deepEqual(kind === 'archive' ? ids(inbox) : readIds(inbox), shown);
    assert.equal(change.unread, kind === 'unread' ? 2 : -2);
    const during = inbox.list;
    inbox.undo(change);
    assert.deepEqual(inbox.list, before);
    inbox.commit(inbox.begin(kind, ['1', '2']), true);
    assert.deepEqual(inbox.list, during);
    assert.ok(inbox.list.every((row, at) => row === during[at]), 'the same rows');
  }
});

test('what is told meanwhile does not undo a change under way, nor does undoing that', () => {
  const { inbox } = opened();
  for (const each of notes(1, 2)) inbox.arrive(each);
  const change = inbox.begin('read', ['1']);
  inbox.update(note(1, { title: 'new', status: 'delivered', readAt: null }));
  inbox.mark(['2'], true);
  assert.deepEqual(readIds(inbox), ['2', '1']);
  assert.equal(inbox.list[1].title, 'new');
  inbox.undo(change);
  assert.deepEqual(readIds(inbox), ['2']);
  assert.equal(inbox.list[1].title, 'new');
});

test('an archived row is back at once when that is undone, as a read one', () => {
  const { inbox } = opened();
  for (const each of notes(1, 2, 3)) inbox.arrive(each);
  agreed(inbox, 'archive', ['2']);
  assert.deepEqual(ids(inbox), ['3', '1']);
  const change = inbox.begin('unarchive', ['2']);
  assert.deepEqual(ids(inbox), ['3', '2', '1']);
  assert.equal(change.unread, 0);
  inbox.undo(change);
  assert.deepEqual(ids(inbox), ['3', '1']);
  agreed(inbox, 'unarchive', ['2']);
  assert.deepEqual([ids(inbox), readIds(inbox)], [['3', '2', '1'], ['2']]);
  inbox.update(note(2, { status: 'read', readAt: 't' }));
  assert.deepEqual(ids(inbox), ['3', '2', '1']);
});

test('a row archived elsewhere and put back comes back, although it is read and old', () => {
  const { inbox } = listing(10, 20);
  inbox.arrive(note(3));
  inbox.remove(['3'], 'archived');
  inbox.update(note(3, { status: 'read', readAt: 't' }));
  assert.equal(ids(inbox).at(-1), '3');
  inbox.begin('unarchive', ['4']);
  inbox.update(note(4, { status: 'read', readAt: 't' }));
  assert.ok(ids(inbox).includes('4'), 'this page asked for it');
});

test('a new connection finds what was read, changed, deleted and added meanwhile', () => {
  const { inbox, table, page, check } = listing(4, 10);
  const kept = inbox.list[1];
  table.set(14, { title: 'new' });
  table.read(12);
  table.delete(11);
  table.read(table.insert().id);
  inbox.open('queue', 'alice');
  const { changed, gone } = page(inbox.unchecked());
  assert.deepEqual(changed.map(({ id, title }) => [id, title]), [['14', 'new']]);
  assert.deepEqual(gone, ['11']);
  assert.deepEqual([ids(inbox), readIds(inbox)], [['15', '14', '13', '12'], ['15', '12']]);
  assert.equal(inbox.list[2], kept, 'the same object');
  assert.equal(check(), 1, 'all is checked');
});

test('nothing is checked that was never listed', () => {
  const { inbox, list } = opened();
  list(notes(3, 2), { unread: true });
  assert.equal(inbox.unchecked(), null);
});

test('a list of several pages is checked to its end, and gaps below it are skipped', () => {
  const { inbox, table, check } = listing(250, 3000);
  inbox.arrive(table.set(7, {}));
  for (const id of [3200, 3001, 7]) table.delete(id);
  inbox.open('queue', 'alice');
  assert.equal(check(), 4);
  assert.equal(inbox.list.length, 248);
  assert.equal(ids(inbox).at(-1), '3002');
});

test('what could not be checked is given up, and can be listed again', () => {
  const { inbox, page } = listing(250, 100);
  inbox.open('queue', 'alice');
  const { reach } = page(inbox.unchecked());
  inbox.forget(reach);
  assert.equal(inbox.list.length, 100);
  assert.deepEqual(inbox.older, { before: reach });
  assert.equal(inbox.hasMore, true);
});

test('what is told between a request and its answer is not undone by the answer', () => {
  const { inbox, table } = listing(6);
  table.set(5, { title: 'changed while away' });
  inbox.open('queue', 'alice');
  const range = inbox.unchecked();
  const since = inbox.request();
  const answer = table.list(range);
  inbox.update({ ...table.get(6), title: 'told' });
  inbox.mark(['5', '3'], true);
  inbox.remove(['4'], 'deleted');
  agreed(inbox, 'archive', ['2']);
  agreed(inbox, 'read', ['1']);
  inbox.arrive(note(7));
  const { gone } = inbox.take(since, answer, range, true);
  assert.deepEqual(gone, []);
  assert.deepEqual(inbox.list.map(({ id, title, read }) => [id, title, read]), [
    ['7', 'title 7', false], ['6', 'told', false], ['5', 'changed while away', true], ['3', 'title 3', true], ['1', 'title 1', true],
  ]);
});

test('a mark under way when the list is answered stays, whether it was sent before or after', () => {
  const { inbox, table } = listing(2);
  const before = inbox.begin('read', ['1']);
  const range = {};
  const since = inbox.request();
  const after = inbox.begin('read', ['2']);
  inbox.take(since, table.list(range), range);
  assert.deepEqual(readIds(inbox), ['2', '1']);
  inbox.undo(after);
  inbox.commit(before, true);
  assert.deepEqual(readIds(inbox), ['1']);
});

test('a row that was read while away and crosses the list does not ring', (t) => {
  const { inbox, table, page } = listing(1);
  let now = Date.now();
  t.mock.method(Date, 'now', () => now);
  const pushed = { ...table.get(1), status: undefined };
  inbox.arrive(pushed);
  table.read(1);
  inbox.open('queue', 'alice');
  page(inbox.unchecked());
  assert.deepEqual(readIds(inbox), ['1']);
  assert.equal(inbox.arrive(pushed), null);
  page({});
  now += 5_001;
  assert.equal(inbox.arrive(pushed), 'notification');
});

test('lists page by page without a gap, beside old rows that are unread', () => {
  const { inbox, table, page } = listing(0, 30);
  page({ unread: true, limit: 2 }, false);
  inbox.arrive(table.get(3));
  assert.deepEqual([inbox.older, inbox.hasMore], [{}, true]);
  page({ limit: 10, ...inbox.older }, false);
  assert.deepEqual(inbox.older, { before: '21' });
  page({ limit: 50, ...inbox.older }, false);
  assert.equal(inbox.hasMore, false);
  assert.equal(inbox.list.length, 30);
});

test('a page with a filter, or far below, leaves the rows that it lacks', () => {
  const { inbox, table, page } = listing(5, 20);
  page({ type: 'order' }, false);
  page({ unread: true }, false);
  table.delete(25);
  page({ before: '10', limit: 2 }, false);
  assert.deepEqual(inbox.older, { before: '21' });
  assert.ok(ids(inbox).includes('25'));
});

test('another queue or another user makes it forget everything', () => {
  const { inbox } = opened();
  inbox.arrive(note(1));
  inbox.open('queue', 'alice');
  assert.deepEqual(ids(inbox), ['1']);
  const change = inbox.begin('read', ['1']);
  inbox.open('restored', 'alice');
  assert.deepEqual(ids(inbox), []);
  inbox.commit(change, true);
  assert.equal(inbox.arrive(note(1)), 'notification');
  assert.deepEqual(readIds(inbox), []);
  inbox.open('restored', 'bob');
  assert.deepEqual(ids(inbox), []);
});
