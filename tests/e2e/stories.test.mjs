// Longer scenarios of a web application whose browser code knows nothing of Belfry but
// the names of the events: it connects as below, and sends and receives what it always
// did.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { io } from 'socket.io-client';
import { atEnd, eventually, Inbox, openLastingSite, openSite } from './harness.mjs';

const HEARD = [
  'connect', 'disconnect', 'connected', 'notification', 'notification:batch', 'notification:unread_count', 'message', 'typing', 'presence',
  'system:maintenance', 'system:update', 'pong', 'error', 'auth:expiring',
];

/** A tab, as opened by the application's browser code. */
function openTab(t, url, token) {
  const socket = io(url, { auth: { token }, transports: ['websocket'], reconnection: false, forceNew: true });
  const inbox = new Inbox('the tab');
  for (const name of HEARD) socket.on(name, (data) => inbox.put({ name, data }));
  atEnd(t, () => socket.disconnect());
  return {
    socket,
    emit: (...args) => socket.emit(...args),
    hears: async (name, fits = () => true) => (await inbox.next((event) => event.name === name && fits(event.data), name)).data,
    all: (name) => inbox.all.filter((event) => event.name === name).map(({ data }) => data),
    close: () => socket.disconnect(),
  };
}

const people = { alice: 'Alice Adler', bob: 'Bob Berg', carol: 'Carol Cole' };

/** An application with three users in one conversation; `open` opens a tab that has joined it. */
async function openOffice(t, { lasting = false, settings = {} } = {}) {
  const site = await (lasting ? openLastingSite : openSite)(t, { settings: { gateway: { presence_grace: '300ms', ...settings } } });
  await site.sql(`INSERT INTO conversations (id, title) VALUES ('office', 'Office');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('office', 'alice'), ('office', 'bob'), ('office', 'carol')`);
  const open = async (sub, { since, claims = {} } = {}) => {
    const tab = openTab(t, site.url, await site.token({ sub, name: people[sub], ...claims }));
    await tab.hears('connected');
    // Events of a socket are handled in order: after the answer to the ping, the topics are joined.
    tab.emit('subscribe', { topic: 'user:notifications' });
    tab.emit('subscribe', { topic: 'presence:updates' });
    await new Promise((joined) => tab.emit('subscribe', { topic: 'conversation:office', since }, joined));
    return tab;
  };
  return { site, open };
}

const say = (tab, content, more = {}) => tab.emit('message:send', { conversationId: 'office', content, ...more });
const contents = (tab) => tab.all('message').map(({ content }) => content);

test('an afternoon in the office: three users, four tabs, every event', async (t) => {
  const { site, open } = await openOffice(t);
  const desk = await open('alice');
  const bob = await open('bob');
  assert.equal((await desk.hears('presence', ({ userId, isOnline }) => userId === 'bob' && isOnline)).isOnline, true);
  const carol = await open('carol');
  const phone = await open('alice');

  bob.emit('typing:start', { conversationId: 'office' });
  for (const tab of [desk, phone, carol]) assert.deepEqual(await tab.hears('typing'), { userId: 'bob', conversationId: 'office', isTyping: true });
  say(bob, 'Lunch?', { tempId: 'temp-1', metadata: { emoji: '🍜' } });
  for (const tab of [desk, phone, carol, bob]) {
    const message = await tab.hears('message');
    assert.deepEqual([message.senderId, message.senderName, message.content, message.status, message.metadata, message.tempId],
      ['bob', 'Bob Berg', 'Lunch?', 'sent', { emoji: '🍜' }, 'temp-1']);
  }
  assert.deepEqual(carol.all('typing').map(({ isTyping }) => isTyping), [true, false], 'the message ended it');
  assert.deepEqual(bob.all('typing'), [], 'nobody is told of themselves');
  carol.emit('typing:start', { conversationId: 'office' });
  carol.emit('typing:stop', { conversationId: 'office' });
  for (const isTyping of [true, false]) assert.equal((await bob.hears('typing', ({ userId }) => userId === 'carol')).isTyping, isTyping);

  // The application notifies Alice: her two tabs alert and count alike, whichever she reads in.
  const first = await site.insert('alice', 'Bob wrote to you', { type: 'message', data: '{"url":"/office"}' });
  await site.insert('alice', 'Second', { priority: 'urgent' });
  for (const tab of [desk, phone]) {
    assert.deepEqual([(await tab.hears('notification')).id, (await tab.hears('notification')).priority], [first, 'urgent']);
    await tab.hears('notification:unread_count', (count) => count === 2);
  }
  await site.status(first, 'delivered');
  phone.emit('notification:mark_read', { ids: [first] });
  for (const tab of [desk, phone]) await tab.hears('notification:unread_count', (count) => count === 1);
  desk.emit('notification:get_count');
  assert.equal(await desk.hears('notification:unread_count'), 1);
  desk.emit('notification:list', { limit: 5 });
  assert.equal((await desk.hears('notification:batch')).length, 2);

  desk.emit('ping');
  assert.equal(typeof (await desk.hears('pong')).timestamp, 'number');
  say(desk, '');
  assert.deepEqual([(await desk.hears('error')).event, desk.all('error').length], ['message:send', 1]);

  await site.belfry(['broadcast', 'system:update', '{"version":"2.0"}']);
  await site.belfry(['broadcast', 'system:maintenance', '{"message":"Back at ten"}']);
  for (const tab of [desk, phone, bob, carol]) {
    assert.deepEqual(await tab.hears('system:update'), { version: '2.0' });
    assert.deepEqual(await tab.hears('system:maintenance'), { message: 'Back at ten' });
  }
  phone.close();
  bob.close();
  assert.equal((await desk.hears('presence', ({ isOnline }) => !isOnline)).userId, 'bob', 'Alice has a tab left');
  for (const tab of [bob, carol, phone]) assert.deepEqual(tab.all('error'), []);
});

test('a train in a tunnel: after a reconnect nothing of a conversation is missed, even if the gateway was restarted', async (t) => {
  const { site, open } = await openOffice(t, { lasting: true });
  const [alice, bob] = [await open('alice'), await open('bob')];
  const carol = await open('carol');
  say(alice, '1');
  await bob.hears('message');
  say(bob, '2');
  const last = (await bob.hears('message', ({ content }) => content === '2')).id;
  await alice.hears('message', ({ content }) => content === '2');
  bob.socket.io.engine.close();
  await bob.hears('disconnect');
  say(carol, '3');
  await alice.hears('message', ({ content }) => content === '3');
  await site.gateway.kill();
  await site.sql(`INSERT INTO messages (conversation_id, sender_id, content) VALUES ('office', 'bot', '4')`);
  await site.startGateway();

  const back = await open('bob', { since: last });
  const others = await open('alice', { since: last });
  say(back, '5');
  await others.hears('message', ({ content }) => content === '5');
  await back.hears('message', ({ content }) => content === '5');
  assert.deepEqual(contents(back), ['3', '4', '5']);
  assert.deepEqual(contents(others), ['3', '4', '5']);
  assert.deepEqual((await site.sql('SELECT content FROM messages ORDER BY id')).map(({ content }) => content), ['1', '2', '3', '4', '5']);
});

test('a member is removed: their tabs receive nothing more, the others continue', async (t) => {
  const { site, open } = await openOffice(t);
  const [alice, bob] = [await open('alice'), await open('bob')];
  const carols = [await open('carol'), await open('carol')];
  carols[0].emit('typing:start', { conversationId: 'office' });
  await bob.hears('typing', ({ isTyping }) => isTyping);
  const removed = performance.now();
  await site.belfry(['conversation', 'remove', 'office', 'carol']);
  for (const tab of carols) assert.deepEqual([(await tab.hears('error')).code, tab.all('message')], ['forbidden', []]);
  assert.ok(performance.now() - removed < 5000, 'a second, and what a loaded machine adds');
  assert.equal((await bob.hears('typing', ({ isTyping }) => !isTyping)).userId, 'carol');
  say(alice, 'Now that she is gone');
  await bob.hears('message');
  for (const tab of carols) {
    say(tab, 'Am I?');
    assert.equal((await tab.hears('error')).code, 'forbidden');
    assert.deepEqual(contents(tab), []);
  }
  await site.insert('carol', 'You were removed from Office');
  for (const tab of carols) await tab.hears('notification');
  // What she heard before: she may have come before her gateway knew of his, at another one.
  const before = carols[0].all('presence').length;
  bob.close();
  await alice.hears('presence', ({ userId, isOnline }) => userId === 'bob' && !isOnline);
  carols[0].emit('ping');
  await carols[0].hears('pong');
  assert.equal(carols[0].all('presence').slice(before).some(({ userId, isOnline }) => userId === 'bob' && !isOnline), false, 'she shares nothing with him any more');
});

test('a message to a user who is offline: the application can see that, and they get it on return', async (t) => {
  const { site, open } = await openOffice(t);
  const early = await open('carol');
  const [alice, bob] = [await open('alice'), await open('bob')];
  say(alice, 'Before she left');
  const seen = (await early.hears('message')).id;
  early.close();
  await bob.hears('presence', ({ userId, isOnline }) => userId === 'carol' && !isOnline);
  say(alice, 'Carol, call me');
  await bob.hears('message', ({ content }) => content === 'Carol, call me');

  // The query by which an application decides to send an e-mail instead.
  await eventually(async () => (await site.sql(`SELECT user_id FROM online_users ORDER BY 1`)).map(({ user_id }) => user_id).join() === 'alice,bob', 'the view');
  const id = await site.insert('carol', 'Alice wrote to you', { idempotency_key: 'message-2' });
  assert.equal((await site.row(id)).status, 'pending');

  const carol = await open('carol', { since: seen });
  assert.deepEqual([(await carol.hears('notification')).id, carol.all('notification')[0].replayed], [id, true]);
  assert.equal((await carol.hears('message')).content, 'Carol, call me');
  assert.equal((await bob.hears('presence', ({ userId, isOnline }) => userId === 'carol' && isOnline)).isOnline, true);
  await site.status(id, 'delivered');
});

test('a long day: tokens expire; a client that refreshed stays, one that did not is closed', async (t) => {
  const { site, open } = await openOffice(t);
  const [alice, bob, carol] = [await open('alice'), await open('bob'), await open('carol')];
  const hour = 3_600_000;
  site.setClock(hour - 200_000);
  for (const tab of [alice, bob, carol]) assert.ok((await tab.hears('auth:expiring')).expiresIn <= 200);
  const later = Math.floor((Date.now() + 2 * hour) / 1000);
  const refresh = async (tab, sub) => new Promise((answered) => {
    site.token({ sub, name: people[sub], exp: later }).then((token) => tab.emit('auth:refresh', { token }, answered));
  });
  assert.equal((await refresh(alice, 'alice')).ok, true);
  assert.equal((await refresh(bob, 'bob')).ok, true);
  assert.equal((await refresh(carol, 'bob')).ok, false, 'not with the token of another');
  site.setClock(hour + 40_000);
  assert.equal(await carol.hears('disconnect'), 'transport close');
  assert.equal((await alice.hears('presence', ({ isOnline }) => !isOnline)).userId, 'carol');
  say(alice, 'Where is Carol?');
  assert.equal((await bob.hears('message')).content, 'Where is Carol?');
  const back = await open('carol', { since: 0, claims: { exp: later } });
  assert.equal((await back.hears('message')).content, 'Where is Carol?');
  assert.equal((await bob.hears('presence', ({ userId, isOnline }) => userId === 'carol' && isOnline)).isOnline, true);
});
