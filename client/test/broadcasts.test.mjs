// Broadcasts: each once, and those that were missed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BelfryClient } from '../src/index.js';
import { Clock } from './support/clock.mjs';
import { fakeWebSockets } from './support/fake-websocket.mjs';

const NEWS = 'public:news';

/** A connected page that notes what it hears of `flash`: each broadcast as its second argument. */
async function connected(t) {
  const clock = new Clock(t);
  t.mock.method(Math, 'random', () => 1);
  const sockets = fakeWebSockets();
  const token = () => ({ token: 'token-1', expiresIn: 3600 });
  const page = new BelfryClient({ url: 'ws://example.com/ws', token, WebSocket: sockets.WebSocket });
  const heard = [];
  page.on('flash', (data, broadcast) => heard.push(broadcast));
  t.after(() => page.disconnect());

  const site = { clock, sockets, page, heard };
  site.ids = () => heard.splice(0).map(({ broadcastId }) => broadcastId);
  site.tell = (broadcastId, topic = NEWS, event = 'flash', data = 1) =>
    sockets.last.hear({ event, data, broadcastId: String(broadcastId), topic });
  site.accept = async (session) => {
    sockets.last.accept(session);
    sockets.last.receive('pong', {});
    await clock.advance(0);
  };
  site.reconnect = async (session) => {
    sockets.last.end();
    await clock.advance(30_000);
    await site.accept(session);
  };
  site.answer = async (answer) => {
    sockets.last.answer('subscribe', { ok: true, topic: NEWS, ...answer });
    await clock.advance(0);
  };
  site.asked = () => sockets.last.last('subscribe').data;
  page.connect();
  await clock.advance(0);
  await site.accept();
  return site;
}

/** … that has subscribed to NEWS. */
async function subscribed(t, options) {
  const site = await connected(t);
  site.page.subscribe(NEWS, options);
  await site.clock.advance(0);
  await site.answer();
  return site;
}

test('handlers get the id and the topic of a broadcast as a second argument', async (t) => {
  const { page, heard, tell, sockets } = await connected(t);
  const named = [];
  page.on('maintenance', (...values) => named.push(values));
  page.on('message', (...values) => named.push(values));
  tell(7, '*');
  tell(8, '*', 'system:maintenance', { at: 'ten' });
  tell(9, NEWS, 'message', { text: 'hello' });
  sockets.last.receive('flash', 1);
  assert.deepEqual(heard, [{ broadcastId: '7', topic: '*' }, undefined]);
  assert.deepEqual(named, [
    [{ at: 'ten' }, { broadcastId: '8', topic: '*' }],
    [{ text: 'hello' }, { broadcastId: '9', topic: NEWS }],
  ]);
});

test('a broadcast that arrives again is not emitted again, on whatever topic', async (t) => {
  const { ids, tell, reconnect } = await subscribed(t);
  for (const [id, topic] of [[1, '*'], [2, NEWS], [3, 'user:alice:notifications'], [4, 'conversation:c']]) {
    tell(id, topic);
    tell(id, topic);
  }
  assert.deepEqual(ids(), ['1', '2', '3', '4']);
  await reconnect();
  for (const [id, topic] of [[1, '*'], [2, NEWS], [3, 'user:alice:notifications'], [4, 'conversation:c'], [5, '*']]) tell(id, topic);
  assert.deepEqual(ids(), ['5']);
});

test('after a reconnect, a topic is subscribed to since its last broadcast', async (t) => {
  const { asked, tell, reconnect, answer, ids } = await subscribed(t);
  assert.deepEqual(asked(), { topic: NEWS });
  await reconnect();
  assert.deepEqual(asked(), { topic: NEWS });
  await answer();
  tell(9);
  tell(10);
  tell(99, '*');
  await reconnect();
  assert.deepEqual(asked(), { topic: NEWS, since: '10' });
  await answer({ hasMore: false });
  tell(11);
  assert.deepEqual(ids(), ['9', '10', '99', '11']);
  await reconnect();
  assert.equal(asked().since, '11');
});

test('a page may say itself since when', async (t) => {
  for (const since of ['5', 5]) {
    const site = await subscribed(t, { since });
    assert.deepEqual(site.asked(), { topic: NEWS, since: '5' });
    site.page.disconnect();
  }
});

test('where more was missed than one answer holds, the rest is asked for', async (t) => {
  const { asked, tell, reconnect, answer, ids, sockets } = await subscribed(t);
  tell(1);
  await reconnect();
  await answer({ hasMore: true, upTo: '3' });
  assert.deepEqual(asked(), { topic: NEWS, since: '3' });
  for (const id of [2, 3, 9]) tell(id);
  // What was missed is not complete: it is asked for again.
  await reconnect();
  assert.equal(asked().since, '1');
  await answer({ hasMore: true, upTo: '3' });
  for (const id of [2, 3]) tell(id);
  await answer({ hasMore: false });
  for (const id of [4, 9]) tell(id);
  assert.deepEqual(ids(), ['1', '2', '3', '9', '4']);
  assert.equal(sockets.last.count('subscribe'), 2);
  await reconnect();
  assert.equal(asked().since, '9');
});

test('what comes before the answer does not hide what is missed after it', async (t) => {
  const { asked, tell, reconnect, answer, ids } = await subscribed(t);
  tell(1);
  await reconnect();
  await answer({ hasMore: true, upTo: '3' });
  for (const id of [2, 3, 9]) tell(id);
  await answer({ hasMore: false });
  // The connection is lost before 4 to 8 have come.
  await reconnect();
  assert.equal(asked().since, '3');
  await answer({ hasMore: false });
  for (const id of [4, 8, 9]) tell(id);
  assert.deepEqual(ids(), ['1', '2', '3', '9', '4', '8']);
  await reconnect();
  assert.equal(asked().since, '9');
});

test('ids of another queue are forgotten', async (t) => {
  const { asked, tell, reconnect, ids } = await subscribed(t);
  tell(7);
  tell(8, '*');
  await reconnect({ queue: 'queue-2' });
  assert.deepEqual(asked(), { topic: NEWS });
  tell(7);
  tell(8, '*');
  assert.deepEqual(ids(), ['7', '8', '7', '8']);
});

test('another user, and who subscribes anew, gets again what still stands', async (t) => {
  const { asked, tell, reconnect, ids, page, clock } = await subscribed(t);
  tell(7);
  page.unsubscribe(NEWS);
  page.subscribe(NEWS);
  await clock.advance(0);
  assert.deepEqual(asked(), { topic: NEWS });
  tell(7);
  tell(8, '*');
  await reconnect({ userId: 'bob' });
  tell(8, '*');
  assert.deepEqual(ids(), ['7', '7', '8', '8']);
});

test('ids are remembered in bounded memory', async (t) => {
  const { tell, ids } = await connected(t);
  for (let id = 1; id <= 1001; id++) tell(id, '*');
  tell(2, '*');
  assert.equal(ids().length, 1001);
  tell(1, '*');
  assert.equal(ids().length, 1);
});
