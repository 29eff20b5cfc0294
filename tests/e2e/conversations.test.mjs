// Conversations: messages are stored first, then delivered once, in order, to members
// only, and none is missed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, ON_POSTGRES, openSite, plainClient, socketClient, testCarriers } from './harness.mjs';

const quoted = (text) => `'${String(text).replaceAll("'", "''")}'`;

/** A site with the conversation `tea` and these members. */
async function openTea(t, members = ['alice', 'bob'], options = {}) {
  const site = await openSite(t, options);
  await site.sql(`INSERT INTO conversations (id, title) VALUES ('tea', 'Tea at five');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ${members.map((user) => `('tea', ${quoted(user)})`).join(', ')}`);
  return site;
}

/** A user's socket.io-client, connected and, if asked, subscribed to the conversation. */
async function enter(t, site, user, { join = true, name = user[0].toUpperCase() + user.slice(1) } = {}) {
  const client = socketClient(t, site.url, { auth: { token: await site.token({ sub: user, name }) } });
  await client.event('connected');
  if (join) assert.deepEqual(await client.ask('subscribe', { topic: 'conversation:tea' }), { ok: true, topic: 'conversation:tea' });
  return client;
}

const say = (client, content, more = {}) => client.ask('message:send', { conversationId: 'tea', content, ...more });
const heard = (client) => client.inbox.all.filter((event) => event.name === 'message').map((event) => event.args[0].content);

testCarriers('all members receive a message, including the sender; the acknowledgement has id and time', async (t) => {
  const site = await openTea(t);
  const alice = await enter(t, site, 'alice');
  const bob = await enter(t, site, 'bob');
  const said = await say(alice, 'Tea?', { tempId: 'temp-1', metadata: { mood: ['thirsty', 1] } });
  assert.equal(said.ok, true);
  const expected = {
    id: said.id, conversationId: 'tea', senderId: 'alice', senderName: 'Alice', content: 'Tea?',
    metadata: { mood: ['thirsty', 1] }, timestamp: said.timestamp, tempId: 'temp-1', status: 'sent',
  };
  assert.deepEqual(await bob.event('message'), expected);
  assert.deepEqual(await alice.event('message'), expected);
  const [row] = await site.sql('SELECT sender_id, content, client_ref FROM messages');
  assert.deepEqual(row, { sender_id: 'alice', content: 'Tea?', client_ref: 'temp-1' });
});

testCarriers('the same message sent again is stored once, and answered with the same id', async (t) => {
  const site = await openTea(t);
  const alice = await enter(t, site, 'alice');
  const first = await say(alice, 'Once', { tempId: 't' });
  const again = await say(alice, 'Once', { tempId: 't' });
  assert.equal(again.id, first.id);
  const other = await say(alice, 'Other words', { tempId: 't' });
  assert.notEqual(other.id, first.id);
  assert.deepEqual(await site.sql('SELECT count(*) AS n FROM messages'), [{ n: 2 }]);
});

testCarriers('two repetitions at once, and one after a crash before the answer, are still one message', async (t) => {
  const site = await openTea(t);
  const alice = await enter(t, site, 'alice');
  const both = await Promise.all([say(alice, 'Once', { tempId: 't' }), say(alice, 'Once', { tempId: 't' })]);
  assert.equal(both[0].id, both[1].id);
  await site.gateway.kill();
  await site.startGateway();
  const back = await enter(t, site, 'alice');
  assert.equal((await say(back, 'Once', { tempId: 't' })).id, both[0].id);
  assert.deepEqual(await site.sql('SELECT count(*) AS n FROM messages'), [{ n: 1 }]);
});

testCarriers('a client that comes and goes during a flood receives each message once, in order', async (t) => {
  const site = await openTea(t, ['alice', 'bob', 'carol'], { settings: { gateway: { rate: 5000, burst: 10_000 } } });
  const alice = await enter(t, site, 'alice');
  const carol = await enter(t, site, 'carol');
  const bob = await enter(t, site, 'bob', { join: false });
  // At most as many as fit in one answer: each time, bob requests all that he missed.
  const flood = (async () => {
    for (let n = 0; n < 10; n++) {
      const said = Array.from({ length: 6 }, (_, i) => say(i % 2 ? alice : carol, `${n}.${i}`));
      await site.sql(`INSERT INTO messages (conversation_id, sender_id, content) VALUES ('tea', 'bot', 'x'), ('tea', 'bot', 'y'), ('milk', 'bot', 'z')`);
      assert.ok((await Promise.all(said)).every(({ ok }) => ok));
    }
  })();
  const ids = (client) => client.inbox.all.filter(({ name }) => name === 'message').map(({ args }) => Number(args[0].id));
  const rejoin = async () => {
    const answer = await bob.ask('subscribe', { topic: 'conversation:tea', since: ids(bob).at(-1) ?? 0 });
    assert.deepEqual([answer.ok, answer.hasMore], [true, false]);
  };
  let done = false;
  flood.finally(() => { done = true; }).catch(() => {});
  while (!done) {
    await rejoin();
    await bob.ask('unsubscribe', 'conversation:tea');
  }
  await rejoin();
  await flood;
  const all = (await site.sql(`SELECT id FROM messages WHERE conversation_id = 'tea' ORDER BY id`)).map(({ id }) => id);
  assert.equal(all.length, 80);
  for (const client of [alice, carol, bob]) {
    await eventually(() => ids(client).length >= all.length, 'all messages');
    assert.deepEqual(ids(client), all);
  }
});

testCarriers('a row that another process inserts arrives like a message from a browser', async (t) => {
  const site = await openTea(t);
  const alice = await enter(t, site, 'alice');
  await site.sql(`INSERT INTO messages (conversation_id, sender_id, sender_name, content) VALUES ('tea', 'bot', 'Robot', 'Boiling')`);
  const message = await alice.event('message');
  assert.equal(message.senderName, 'Robot');
  assert.equal(message.content, 'Boiling');
});

testCarriers('a user who is not a member cannot receive, send or read', async (t) => {
  const site = await openTea(t);
  const carol = await enter(t, site, 'carol', { join: false });
  const bob = await enter(t, site, 'bob');
  for (const [event, data] of [
    ['subscribe', 'conversation:tea'],
    ['message:send', { conversationId: 'tea', content: 'Let me in' }],
    ['message:history', { conversationId: 'tea' }],
    ['typing:start', { conversationId: 'tea' }],
  ]) {
    const answer = await carol.ask(event, data);
    assert.equal(answer.ok, false, event);
    assert.equal(answer.code, 'forbidden', event);
  }
  await say(bob, 'Among ourselves');
  await bob.event('message');
  assert.deepEqual(heard(carol), []);
});

testCarriers('without an acknowledgement, a refusal is an error event that names the refused event', async (t) => {
  const site = await openTea(t);
  const carol = await enter(t, site, 'carol', { join: false });
  carol.socket.emit('message:send', { conversationId: 'tea', content: 'x' });
  const error = await carol.event('error');
  assert.equal(error.event, 'message:send');
  assert.equal(error.code, 'forbidden');
});

testCarriers('a reconnect in the middle of a conversation misses no message and repeats none', async (t) => {
  const site = await openTea(t);
  const alice = await enter(t, site, 'alice');
  const bob = await enter(t, site, 'bob');
  const first = await say(alice, '1');
  await bob.event('message');
  bob.socket.disconnect();
  for (const content of ['2', '3', '4']) await say(alice, content);

  const back = await enter(t, site, 'bob', { join: false });
  const answer = await back.ask('subscribe', { topic: 'conversation:tea', since: first.id });
  assert.deepEqual(answer, { ok: true, topic: 'conversation:tea', hasMore: false });
  await say(alice, '5');
  await back.event('message', (message) => message.content === '5');
  assert.deepEqual(heard(back), ['2', '3', '4', '5']);
});

testCarriers('unsubscribing before the answer to a subscribe takes effect', async (t) => {
  const site = await openTea(t);
  const alice = await enter(t, site, 'alice');
  const bob = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: 'bob' }) });
  await bob.event('connected');
  bob.socket._socket.cork();
  bob.send('subscribe', 'conversation:tea', { id: 1 });
  bob.send('unsubscribe', 'conversation:tea', { id: 2 });
  bob.socket._socket.uncork();
  for (const id of [1, 2]) await bob.inbox.find((frame) => frame.ack === id && frame.data.ok, `the answer ${id}`);
  await say(alice, 'Is he there?');
  await alice.event('message');
  // Anything he was sent arrives before this.
  bob.send('message:history', { conversationId: 'tea' }, { id: 3 });
  await bob.ack(3);
  assert.deepEqual(bob.inbox.all.filter((frame) => frame.event === 'message'), []);
  bob.send('subscribe', 'conversation:tea', { id: 4 });
  assert.equal((await bob.ack(4)).data.ok, true);
  await say(alice, 'Now?');
  assert.equal((await bob.event('message')).content, 'Now?');
});

testCarriers('if more than a hundred were missed, hasMore says so, and history returns them', async (t) => {
  const site = await openTea(t);
  await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 130)
    INSERT INTO messages (conversation_id, sender_id, content) SELECT 'tea', 'bot', i FROM n`);
  const bob = await enter(t, site, 'bob', { join: false });
  assert.equal((await bob.ask('subscribe', { topic: 'conversation:tea', since: 0 })).hasMore, true);
  const last = (await bob.event('message', (message) => message.content === '100')).id;
  const rest = await bob.ask('message:history', { conversationId: 'tea', after: last });
  assert.deepEqual(rest.messages.map((message) => message.content), Array.from({ length: 30 }, (_, i) => String(101 + i)));
  assert.equal(rest.hasMore, false);
  const before = await bob.ask('message:history', { conversationId: 'tea', before: rest.messages[0].id, limit: 2 });
  assert.deepEqual(before.messages.map((message) => message.content), ['99', '100']);
  assert.equal(before.hasMore, true);
});

testCarriers('acknowledged messages survive kill -9, and the next gateway replays them', async (t) => {
  const site = await openTea(t);
  const alice = await enter(t, site, 'alice');
  const said = await say(alice, 'Written in stone');
  await site.gateway.kill();
  await site.startGateway();
  const bob = await enter(t, site, 'bob', { join: false });
  await bob.ask('subscribe', { topic: 'conversation:tea', since: 0 });
  assert.equal((await bob.event('message')).id, said.id);
});

testCarriers('kill -9 during a hundred messages: all acknowledged ones are stored, none twice', async (t) => {
  const site = await openTea(t, ['alice', 'bob'], { settings: { gateway: { rate: 5000, burst: 5000 } } });
  const alice = await enter(t, site, 'alice');
  const acknowledged = [];
  for (let n = 0; n < 200; n++)
    alice.socket.emit('message:send', { conversationId: 'tea', content: `No ${n}`, tempId: `t${n}` }, ({ ok, id }) => { if (ok) acknowledged.push(Number(id)); });
  await eventually(() => acknowledged.length >= 10, 'the first to be acknowledged');
  await site.gateway.kill();
  await alice.whole('disconnect');
  const stored = await site.sql('SELECT id, client_ref FROM messages ORDER BY id');
  assert.deepEqual(acknowledged.filter((id) => !stored.some((row) => row.id === id)), []);
  if (!ON_POSTGRES) assert.deepEqual(await site.sql('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
  // The page repeats what was not answered, and nothing is stored twice.
  await site.startGateway();
  const back = await enter(t, site, 'alice');
  for (let n = 0; n < 200; n++) assert.equal((await say(back, `No ${n}`, { tempId: `t${n}` })).ok, true);
  assert.deepEqual(await site.sql('SELECT count(*) AS n, count(DISTINCT client_ref) AS refs FROM messages'), [{ n: 200, refs: 200 }]);
});

testCarriers('a member who is removed while connected receives nothing within a second', async (t) => {
  const site = await openTea(t);
  const alice = await enter(t, site, 'alice');
  const bob = await enter(t, site, 'bob');
  await site.sql(`DELETE FROM conversation_members WHERE user_id = 'bob'`);
  assert.equal((await bob.event('error')).code, 'forbidden');
  await say(alice, 'He is gone');
  await alice.event('message');
  assert.equal((await say(bob, 'Am I?')).code, 'forbidden');
  assert.deepEqual(heard(bob), []);
});

testCarriers('a token that names a conversation lets its user receive and read, but not send', async (t) => {
  const site = await openTea(t, ['alice']);
  const token = await site.token({ sub: 'guest', topics: ['conversation:tea'] });
  const guest = socketClient(t, site.url, { auth: { token } });
  await guest.event('connected');
  assert.equal((await guest.ask('subscribe', 'conversation:tea')).ok, true);
  const alice = await enter(t, site, 'alice');
  await say(alice, 'Listen');
  assert.equal((await guest.event('message')).content, 'Listen');
  const { messages } = await guest.ask('message:history', { conversationId: 'tea' });
  assert.deepEqual(messages.map(({ content }) => content), ['Listen']);
  assert.equal((await guest.ask('message:history', { conversationId: 'milk' })).code, 'forbidden');
  assert.equal((await guest.ask('typing:start', { conversationId: 'tea' })).ok, true);
  assert.equal((await alice.event('typing')).userId, 'guest');
  assert.equal((await say(guest, 'May I?')).code, 'forbidden');
});

test('a right that auth:refresh removes is gone at once, also for requests under way', async (t) => {
  const site = await openTea(t, ['alice'], { settings: { gateway: { burst: 1000 } } });
  const cups = Array.from({ length: 100 }, (_, n) => `conversation:cup-${n}`);
  const guest = plainClient(t, `${site.url}/ws`, {
    token: await site.token({ sub: 'guest', topics: ['conversation:*'] }),
  });
  await guest.event('connected');
  for (const [n, topic] of cups.entries()) {
    guest.send('subscribe', topic, { id: n });
    assert.equal((await guest.ack(n)).data.ok, true);
  }
  guest.send('auth:refresh', { token: await site.token({ sub: 'guest' }) }, { id: 200 });
  guest.send('subscribe', 'conversation:tea', { id: 201 });
  assert.equal((await guest.ack(200)).data.ok, true);
  assert.equal((await guest.ack(201)).data.code, 'forbidden');
  await eventually(async () => (await site.metric('belfry_subscriptions')) === 0, 'all subscriptions to have ended');
});

test('many subscriptions requested at once are limited like those requested one by one', async (t) => {
  const site = await openTea(t, ['alice'], { settings: { gateway: { max_topics: 10 } } });
  const guest = plainClient(t, `${site.url}/ws`, {
    token: await site.token({ sub: 'guest', topics: ['conversation:*'] }),
  });
  await guest.event('connected');
  for (let n = 0; n < 20; n++) guest.send('subscribe', `conversation:${n}`, { id: n });
  const answers = [];
  for (let n = 0; n < 20; n++) answers.push((await guest.ack(n)).data);
  assert.deepEqual([...new Set(answers.slice(9).map((data) => data.code))], ['too_many_topics']);
  assert.equal(await site.metric('belfry_subscriptions'), 9);
});

testCarriers('typing is sent to the others, never to the typist, and ends with the message', async (t) => {
  const site = await openTea(t);
  const alice = await enter(t, site, 'alice');
  const bob = await enter(t, site, 'bob');
  assert.deepEqual(await alice.ask('typing:start', { conversationId: 'tea' }), { ok: true });
  assert.deepEqual(await bob.event('typing'), { userId: 'alice', conversationId: 'tea', isTyping: true });
  await say(alice, 'Done');
  assert.equal((await bob.event('typing')).isTyping, false);
  assert.equal((await bob.event('message')).content, 'Done');
  await alice.event('message');
  assert.equal(alice.inbox.all.some((event) => event.name === 'typing'), false);
});

/** Does what each of several gateways tells the others, `times` at least, and waits until they have heard it. */
async function crossed(site, times, action) {
  const heard = () => site.metric('belfry_queue_gateways_heard_total');
  const before = await heard();
  await action();
  if (site.seats.length > 1) await eventually(async () => (await heard()) >= before + times, 'the gateways to hear of each other');
}

testCarriers('a repeated typing:start, on any number of pages, is one event; a stop without a start is none', async (t) => {
  const site = await openTea(t);
  const bob = await enter(t, site, 'bob');
  const pages = [await enter(t, site, 'alice'), await enter(t, site, 'alice')];
  const tea = { conversationId: 'tea' };
  const told = () => bob.inbox.all.filter(({ name }) => name === 'typing').map(({ args }) => args[0].isTyping);
  assert.deepEqual(await pages[0].ask('typing:stop', tea), { ok: true });
  await crossed(site, 2, async () => {
    for (let n = 0; n < 10; n++) for (const page of pages) assert.deepEqual(await page.ask('typing:start', tea), { ok: true });
  });
  await pages[0].ask('typing:stop', tea);
  await pages[0].ask('typing:stop', tea);
  // She continues in the other, and her message there ends it.
  await say(pages[1], 'One');
  await bob.event('message');
  assert.deepEqual(told(), [true, false]);
  await crossed(site, 2, async () => {
    await pages[1].ask('typing:start', tea);
    await pages[0].ask('typing:start', tea);
  });
  for (const page of pages) await page.ask('typing:stop', tea);
  await say(pages[0], 'Two');
  await bob.event('message');
  assert.deepEqual(told(), [true, false, true, false]);
});

testCarriers('each repeated typing:start extends it to another six seconds', async (t) => {
  const site = await openTea(t);
  const [alice, bob] = [await enter(t, site, 'alice'), await enter(t, site, 'bob')];
  const tea = { conversationId: 'tea' };
  await alice.ask('typing:start', tea);
  assert.equal((await bob.event('typing')).isTyping, true);
  const began = performance.now();
  const again = setInterval(() => alice.socket.emit('typing:start', tea), 1000);
  setTimeout(() => clearInterval(again), 3500);
  assert.equal((await bob.event('typing')).isTyping, false);
  assert.ok(performance.now() - began > 8000, 'six seconds after the last');
  assert.deepEqual(bob.inbox.all.filter(({ name }) => name === 'typing').length, 2);
});

testCarriers('typing ends by itself, by typing:stop, and when the client disconnects', async (t) => {
  const site = await openTea(t);
  const bob = await enter(t, site, 'bob');
  for (const end of [
    (client) => client.ask('typing:stop', { conversationId: 'tea' }),
    (client) => client.socket.disconnect(),
    () => {}, // after six seconds
  ]) {
    const alice = await enter(t, site, 'alice');
    await alice.ask('typing:start', { conversationId: 'tea' });
    assert.equal((await bob.event('typing')).isTyping, true);
    end(alice);
    assert.equal((await bob.event('typing')).isTyping, false);
  }
});

testCarriers('metadata is any JSON, and arrives unchanged', async (t) => {
  const site = await openTea(t);
  const alice = await enter(t, site, 'alice');
  const all = [0, false, '', 'x', [], {}, 0.1, 1e20, 1e308, 2 ** 53 + 2, 18446744073709552000, { 'ü\u2028': '😀\u0001' }, JSON.parse('['.repeat(60) + ']'.repeat(60))];
  for (const [i, metadata] of all.entries()) assert.equal((await say(alice, `No ${i}`, { metadata })).ok, true, JSON.stringify(metadata));
  const came = [];
  for (const metadata of all) {
    came.push((await alice.event('message')).metadata);
    assert.deepEqual(came.at(-1), metadata);
  }
  await site.sql(`INSERT INTO messages (conversation_id, sender_id, content, metadata) VALUES ('tea', 'bot', 'Large', '{"hash":18446744073709551615}')`);
  assert.deepEqual((await alice.event('message')).metadata, { hash: 18446744073709551615 });
  assert.equal((await say(alice, 'None', { metadata: null })).ok, true);
  assert.equal('metadata' in (await alice.event('message')), false);
});

testCarriers('invalid messages are refused one by one, and the connection stays open', async (t) => {
  const site = await openTea(t);
  const alice = await enter(t, site, 'alice');
  for (const data of [
    undefined, {}, { conversationId: 'tea' }, { conversationId: 'tea', content: '' }, { conversationId: 'tea', content: 7 },
    { conversationId: [7], content: 'x' }, { conversationId: 'x'.repeat(256), content: 'x' },
    { conversationId: 'tea', content: 'x'.repeat(32769) }, { conversationId: 'tea', content: 'x', metadata: 'y'.repeat(8192) },
    { conversationId: 'tea', content: 'x', tempId: 't'.repeat(256) },
  ]) assert.equal((await alice.ask('message:send', data)).code, 'bad_request', JSON.stringify(data)?.slice(0, 60));
  assert.equal((await say(alice, 'x'.repeat(32768))).ok, true);
});

testCarriers('a plain client and a Socket.IO client share a conversation', async (t) => {
  const site = await openTea(t);
  const alice = await enter(t, site, 'alice');
  const bob = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: 'bob' }) });
  await bob.event('connected');
  bob.send('subscribe', 'conversation:tea', { id: 1 });
  assert.equal((await bob.ack(1)).data.ok, true);
  bob.send('message:send', { conversationId: 'tea', content: 'plainly' }, { id: 2 });
  assert.equal((await bob.ack(2)).data.ok, true);
  assert.equal((await alice.event('message')).content, 'plainly');
  await say(alice, 'heard');
  await bob.event('message', (message) => message.content === 'heard');
});

testCarriers('while the queue is locked, a message waits: it is stored, then acknowledged', async (t) => {
  const site = await openTea(t);
  const alice = await enter(t, site, 'alice');
  const writer = await site.hold("INSERT INTO messages (conversation_id, sender_id, content) VALUES ('tea', 'bot', 'held')", 'messages');
  let answer;
  const said = say(alice, 'Patience').then((given) => { answer = given; });
  assert.equal((await alice.ask('ping')).ok, true);
  assert.equal(answer, undefined);
  await writer.commit();
  await said;
  assert.equal(answer.ok, true);
  await eventually(() => heard(alice).length === 2, 'both messages');
});
