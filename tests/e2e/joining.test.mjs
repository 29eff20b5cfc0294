// Members who are added, removed and added again: each refusal names its topic,
// and none lasts longer than its cause.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSite, plainClient, socketClient } from './harness.mjs';

const framings = {
  'Socket.IO': async (t, site, sub) => {
    const client = socketClient(t, site.url, { auth: { token: await site.token({ sub }) } });
    await client.event('connected');
    return { ...client, say: (...args) => client.socket.emit(...args) };
  },
  plain: async (t, site, sub) => {
    const client = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub }) });
    await client.event('connected');
    let id = 0;
    const ask = async (event, data) => {
      const number = ++id;
      client.send(event, data, { id: number });
      return (await client.inbox.find((frame) => frame.ack === number, `the acknowledgement of ${event}`)).data;
    };
    return { ...client, ask, say: client.send };
  },
};

const invite = (site, user) => site.sql(`INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', '${user}')`);
const putOut = (site, user) => site.sql(`DELETE FROM conversation_members WHERE user_id = '${user}'`);
const insert = (site, content) => site.sql(`INSERT INTO messages (conversation_id, sender_id, content) VALUES ('tea', 'bot', '${content}')`);
const ABOUT = { topic: 'conversation:tea', conversationId: 'tea' };

for (const [framing, open] of Object.entries(framings)) {
  test(`${framing}: a removed member is told of which topic, and receives again once added`, async (t) => {
    const site = await openSite(t);
    await invite(site, 'alice');
    const alice = await open(t, site, 'alice');
    assert.equal((await alice.ask('subscribe', 'conversation:tea')).ok, true);
    await insert(site, 'one');
    const { id } = await alice.event('message');
    for (const round of ['two', 'three']) {
      await putOut(site, 'alice');
      const { message, ...error } = await alice.event('error');
      assert.deepEqual(error, { event: 'subscribe', code: 'forbidden', ...ABOUT });
      assert.ok(message.length > 5);
      await insert(site, `${round} missed`);
      await invite(site, 'alice');
      assert.equal((await alice.ask('subscribe', { topic: 'conversation:tea', since: id })).ok, true);
      await insert(site, round);
      await alice.event('message', ({ content }) => content === `${round} missed`);
      await alice.event('message', ({ content }) => content === round);
    }
  });

  test(`${framing}: a user is refused, with the topic named, and joins on the same connection once a member`, async (t) => {
    const site = await openSite(t);
    const alice = await open(t, site, 'alice');
    for (const [event, data] of [['subscribe', 'conversation:tea'], ['subscribe', { topic: 'conversation:tea', since: 0 }],
      ['message:history', { conversationId: 'tea' }], ['message:send', { conversationId: 'tea', content: 'x' }], ['typing:start', { conversationId: 'tea' }]]) {
      const answer = await alice.ask(event, data);
      assert.deepEqual([answer.ok, answer.code], [false, 'forbidden']);
      alice.say(event, data);
      const { message, ...error } = await alice.event('error');
      assert.deepEqual(error, { event, code: 'forbidden', ...ABOUT });
    }
    await invite(site, 'alice');
    assert.deepEqual(await alice.ask('subscribe', 'conversation:tea'), { ok: true, topic: 'conversation:tea' });
    await insert(site, 'welcome');
    assert.equal((await alice.event('message')).content, 'welcome');
    assert.equal((await alice.ask('message:history', { conversationId: 'tea' })).messages.length, 1);
    assert.equal((await alice.ask('typing:start', { conversationId: 'tea' })).ok, true);
  });
}

test('a token of another user changes nothing, however it is sent', async (t) => {
  const site = await openSite(t);
  const token = await site.token({ sub: 'bob', role: 'admin' });
  for (const open of Object.values(framings)) {
    const alice = await open(t, site, 'alice');
    const refused = await alice.ask('auth:refresh', { token });
    assert.deepEqual([refused.ok, refused.code], [false, 'forbidden']);
    // A new token of her own in between, then his again.
    const both = await Promise.all([alice.ask('auth:refresh', { token: await site.token({ sub: 'alice' }) }), alice.ask('auth:refresh', { token })]);
    assert.deepEqual(both.map(({ ok }) => ok), [true, false]);
    assert.equal((await alice.ask('subscribe', 'role:admin')).code, 'forbidden');
    assert.equal((await alice.ask('subscribe', 'user:bob:notifications')).code, 'forbidden');
    await site.insert('bob', 'For Bob');
    await site.insert('alice', 'For Alice');
    assert.equal((await alice.event('notification', ({ title }) => title.startsWith('For'))).title, 'For Alice');
    await alice.ask('notification:mark_all_read', {});
  }
});

test('a further auth of the plain framing sets options, and is refused with the token of another user', async (t) => {
  const site = await openSite(t);
  const alice = await framings.plain(t, site, 'alice');
  const [own, other] = [await site.token({ sub: 'alice' }), await site.token({ sub: 'bob' })];
  assert.deepEqual(await alice.ask('auth', { ack: false }), { ok: true });
  assert.deepEqual(await alice.ask('auth', { token: own, ack: false }), { ok: true });
  for (const token of [other, 'no.token.at.all']) {
    const { message, ...refused } = await alice.ask('auth', { token, ack: true });
    assert.deepEqual(refused, { ok: false, code: 'forbidden' });
    assert.match(message, /disconnect first/);
  }
  await site.insert('alice', 'For Alice');
  assert.equal((await alice.whole('notification')).id, undefined, 'the refused option was not taken');
});
