// belfry-client with several users: conversations, typing, presence, broadcasts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openLastingSite, openSite, startClient } from './harness.mjs';

const reconnecting = (state) => state === 'reconnecting';

/** A conversation with alice and bob, both subscribed to it. */
async function startTalk(t) {
  const site = await openLastingSite(t, { settings: { gateway: { presence_grace: '200ms' } } });
  await site.sql(`INSERT INTO conversations (id) VALUES ('tea');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'alice'), ('tea', 'bob')`);
  const [alice, bob] = [await startClient(t, site), await startClient(t, site, { user: 'bob' })];
  for (const { client } of [alice, bob]) await client.subscribe('conversation:tea');
  return { site, alice, bob };
}

test('both receive a message, and the sender recognises its own', async (t) => {
  const { alice, bob } = await startTalk(t);
  const { id } = await alice.client.sendMessage('tea', 'Tea?', { tempId: 't-1', metadata: { mood: 'thirsty' } });
  for (const { hear } of [alice, bob]) {
    const message = await hear('message');
    assert.deepEqual([message.id, message.senderId, message.content, message.tempId], [id, 'alice', 'Tea?', 't-1']);
    assert.deepEqual(message.metadata, { mood: 'thirsty' });
  }
  const { messages, hasMore } = await bob.client.getMessages('tea', { limit: 5 });
  assert.deepEqual([messages.map(({ content }) => content), hasMore], [['Tea?'], false]);
});

test('typing is shown until the message is sent', async (t) => {
  const { alice, bob } = await startTalk(t);
  alice.client.startTyping('tea');
  assert.deepEqual(await bob.hear('typing'), { userId: 'alice', conversationId: 'tea', isTyping: true });
  await alice.client.sendMessage('tea', 'There');
  assert.equal((await bob.hear('typing')).isTyping, false);
});

test('presence events arrive when a user connects and disconnects', async (t) => {
  const { alice, bob } = await startTalk(t);
  await alice.client.subscribe('presence:updates');
  const [present] = await alice.client.getPresence(['bob']);
  assert.deepEqual([present.userId, present.isOnline], ['bob', true]);
  bob.client.disconnect();
  assert.equal((await alice.hear('presence', ({ userId, isOnline }) => userId === 'bob' && !isOnline)).isOnline, false);
});

test('hundreds of messages missed while the gateway was down arrive in order, each once', async (t) => {
  const { site, alice } = await startTalk(t);
  const heard = [];
  alice.client.on('message', ({ content }) => heard.push(content));
  await alice.client.sendMessage('tea', '0');
  await alice.hear('message');
  await site.gateway.kill();
  await alice.hear('stateChange', reconnecting);
  await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)
    INSERT INTO messages (conversation_id, sender_id, content) SELECT 'tea', 'bob', i FROM n`);
  await site.startGateway();
  await alice.hear('message', ({ content }) => content === '250');
  assert.deepEqual(heard, Array.from({ length: 251 }, (_, i) => String(i)));
});

test('the first message of a conversation is not missed either', async (t) => {
  const { site, alice } = await startTalk(t);
  await site.gateway.kill();
  await alice.hear('stateChange', reconnecting);
  await site.sql("INSERT INTO messages (conversation_id, sender_id, content) VALUES ('tea', 'bob', 'First')");
  await site.startGateway();
  assert.equal((await alice.hear('message')).content, 'First');
});

test('broadcasts arrive under their own names', async (t) => {
  const site = await openSite(t);
  const { hear } = await startClient(t, site);
  await hear('connected');
  await site.sql(`INSERT INTO broadcasts (topic, event, data) VALUES ('*', 'system:maintenance', '{"message":"At noon"}'),
    ('*', 'deploy:done', '{"version":7}')`);
  assert.deepEqual(await hear('maintenance'), { message: 'At noon' });
  assert.deepEqual(await hear('deploy:done'), { version: 7 });
});

test('messages of all 128 conversations arrive, and again after a reconnect', async (t) => {
  const site = await openLastingSite(t);
  const all = Array.from({ length: 127 }, (_, i) => `room-${i}`);
  const everywhere = (values) => site.sql(`BEGIN; ${all.map(values).join(';')}; COMMIT`);
  await everywhere((id) => `INSERT INTO conversations (id) VALUES ('${id}');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('${id}', 'alice')`);
  const { client, hear } = await startClient(t, site);
  const heard = new Set();
  client.on('message', ({ conversationId, content }) => heard.add(`${conversationId} ${content}`));
  const say = async (content) => {
    await everywhere((id) => `INSERT INTO messages (conversation_id, sender_id, content) VALUES ('${id}', 'bob', '${content}')`);
    await eventually(() => all.every((id) => heard.has(`${id} ${content}`)), `${content} to be heard in all of them`);
  };
  await hear('connected');
  await Promise.all(all.map((id) => client.subscribe(`conversation:${id}`)));
  await say('Hello');
  await site.gateway.kill();
  await hear('stateChange', reconnecting);
  await site.startGateway();
  await hear('connected');
  await say('Again');
});

test('a member who is removed and added again receives messages again after calling subscribe', async (t) => {
  const { site, alice } = await startTalk(t);
  const member = "conversation_id = 'tea' AND user_id = 'alice'";
  await site.sql(`DELETE FROM conversation_members WHERE ${member}`);
  const { code, topic } = await alice.hear('error');
  assert.deepEqual([code, topic], ['forbidden', 'conversation:tea']);
  await assert.rejects(alice.client.subscribe('conversation:tea'), { code: 'forbidden', topic: 'conversation:tea' });
  await site.sql("INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'alice')");
  assert.equal((await alice.client.subscribe('conversation:tea')).topic, 'conversation:tea');
  await site.sql("INSERT INTO messages (conversation_id, sender_id, content) VALUES ('tea', 'bob', 'Welcome back')");
  assert.equal((await alice.hear('message')).content, 'Welcome back');
});

test('a user who becomes a member later receives messages after the next reconnect', async (t) => {
  const site = await openLastingSite(t);
  await site.sql("INSERT INTO conversations (id) VALUES ('tea')");
  const { client, hear } = await startClient(t, site);
  await hear('connected');
  await assert.rejects(client.subscribe('conversation:tea'), { code: 'forbidden' });
  await site.sql("INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'alice')");
  await site.gateway.kill();
  await hear('stateChange', reconnecting);
  await site.startGateway();
  await hear('subscribed', ({ topic }) => topic === 'conversation:tea');
  await site.sql("INSERT INTO messages (conversation_id, sender_id, content) VALUES ('tea', 'bob', 'Tea?')");
  assert.equal((await hear('message')).content, 'Tea?');
});
