import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareIds } from '../src/ids.js';
import { Inbox } from '../src/inbox.js';

const note = (id, more) => ({ id: String(id), title: `title ${id}`, ...more });
const notes = (...ids) => ids.map((id) => note(id));
const ids = (inbox) => inbox.list.map((item) => item.id);
const readIds = (inbox) => inbox.list.filter((item) => item.read).map((item) => item.id);

function opened() {
  let changes = 0;
  const inbox = new Inbox(() => changes++);
  inbox.open('queue', 'alice');
  return { inbox, changes: () => changes };
}

test('ids are compared as numbers of any length', () => {
  const sorted = ['9007199254740993', '10', '9', '9007199254740992'].sort(compareIds);
  assert.deepEqual(sorted, ['9', '10', '9007199254740992', '9007199254740993']);
});

test('lists the newest first, each once', () => {
  const { inbox } = opened();
  assert.ok(inbox.arrive(note(9)));
  assert.ok(inbox.arrive(note(10)));
  assert.equal(inbox.arrive(note(9)), false);
  assert.deepEqual(ids(inbox), ['10', '9']);
});

test('a notification that was listed still counts as new on arrival, once', () => {
  const { inbox } = opened();
  inbox.merge(notes(1));
  assert.ok(inbox.arrive(note(1)));
  assert.equal(inbox.arrive(note(1)), false);
});

test('keeps only the newest two hundred', () => {
  const { inbox } = opened();
  for (let id = 1; id <= 250; id++) inbox.arrive(note(id));
  assert.equal(inbox.list.length, 200);
  assert.equal(inbox.list.at(-1).id, '51');
});

test('replaces its list instead of changing it', () => {
  const { inbox, changes } = opened();
  inbox.merge(notes(1));
  const before = inbox.list;
  inbox.mark(['1'], true);
  assert.equal(before[0].read, false);
  assert.notEqual(inbox.list, before);
  assert.equal(changes(), 2);
  assert.deepEqual(inbox.mark(['1', '7'], true), []);
  assert.equal(changes(), 2);
});

test('returns what was marked, so that it can be undone', () => {
  const { inbox } = opened();
  inbox.merge([note(1), note(2, { status: 'read' }), note(3, { readAt: '2026-11-22T10:00:00.000Z' })]);
  assert.deepEqual(inbox.mark(['1', '2', '3'], true), ['1']);
  assert.deepEqual(inbox.unreadIds, []);
  inbox.mark(['1'], false);
  assert.deepEqual(inbox.unreadIds, ['1']);
});

test('what is missing from the unread list was read elsewhere', () => {
  const { inbox } = opened();
  inbox.merge(notes(1, 2, 3));
  inbox.reconcile(notes(2), false);
  assert.deepEqual(readIds(inbox), ['3', '1']);
});

test('what is older than the unread list reaches is unchanged', () => {
  const { inbox } = opened();
  inbox.merge(notes(1, 5, 6));
  inbox.reconcile(notes(6, 4), true);
  assert.deepEqual(readIds(inbox), ['5']);
});

test('what arrived while the list was requested is not taken for read', () => {
  const { inbox } = opened();
  inbox.arrive(note(7));
  inbox.reconcile(notes(3), false);
  assert.deepEqual(readIds(inbox), []);
});

test('another queue or another user makes it forget everything', () => {
  const { inbox } = opened();
  inbox.arrive(note(1));
  inbox.open('queue', 'alice');
  assert.deepEqual(ids(inbox), ['1']);
  inbox.open('restored', 'alice');
  assert.deepEqual(ids(inbox), []);
  assert.ok(inbox.arrive(note(1)));
  inbox.open('restored', 'bob');
  assert.deepEqual(ids(inbox), []);
});
