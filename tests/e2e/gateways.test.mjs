// Two gateways on one PostgreSQL queue: a user's devices are one, whichever gateway
// each of them has come to. What every table of these tests says of one gateway is
// not repeated here: this is about what crosses from one to the other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openSite, socketClient } from './harness.mjs';

/** A site with two gateways, `site.gateways`, each with its `url`, `ops` and `program`. */
async function openTwo(t, gateway = {}) {
  const site = await openSite(t, { postgres: true, gateway: false, settings: { gateway: { presence_grace: '300ms', ...gateway } } });
  site.gateways = [];
  for (let i = 0; i < 2; i++) {
    const program = await site.startGateway();
    site.gateways.push({ url: site.url, ops: site.ops, program });
  }
  await site.sql(`INSERT INTO conversations (id) VALUES ('tea');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'alice'), ('tea', 'bob'), ('tea', 'carol')`);
  return site;
}

/** A device of that user at one of the gateways, in the conversation. */
async function connect(t, site, user, which) {
  const client = socketClient(t, site.gateways[which].url, { auth: { token: await site.token({ sub: user }) } });
  await client.event('connected');
  assert.equal((await client.ask('subscribe', 'conversation:tea')).ok, true);
  return client;
}

const heard = (client, name) => client.inbox.all.filter((event) => event.name === name).map((event) => event.args[0]);
const typing = (userId, isTyping) => ({ userId, conversationId: 'tea', isTyping });

test('who types at one gateway is seen at the other, once', async (t) => {
  const site = await openTwo(t);
  const alice = await connect(t, site, 'alice', 0);
  const bob = await connect(t, site, 'bob', 1);
  for (let i = 0; i < 3; i++) assert.equal((await alice.ask('typing:start', { conversationId: 'tea' })).ok, true);
  assert.deepEqual(await bob.event('typing'), typing('alice', true));
  await alice.ask('typing:stop', { conversationId: 'tea' });
  assert.deepEqual(await bob.event('typing'), typing('alice', false));
  await alice.ask('typing:start', { conversationId: 'tea' });
  assert.deepEqual(await bob.event('typing'), typing('alice', true));
  await alice.ask('message:send', { conversationId: 'tea', content: 'Hello' });
  assert.deepEqual(await bob.event('typing'), typing('alice', false));
  await bob.event('message');
  assert.equal(heard(bob, 'typing').length, 4);
  assert.equal(heard(alice, 'typing').length, 0);
});

test('who types on devices at both gateways begins once, and ends with the last', async (t) => {
  const site = await openTwo(t);
  const devices = [await connect(t, site, 'alice', 0), await connect(t, site, 'alice', 1)];
  const others = [await connect(t, site, 'bob', 0), await connect(t, site, 'carol', 1)];
  const all = (isTyping) => Promise.all(others.map(async (other) => assert.deepEqual(await other.event('typing', (state) => state.userId === 'alice'), typing('alice', isTyping))));
  await devices[0].ask('typing:start', { conversationId: 'tea' });
  await all(true);
  await devices[1].ask('typing:start', { conversationId: 'tea' });
  // What bob says behind it has crossed behind it.
  const passed = async () => {
    await others[0].ask('typing:start', { conversationId: 'tea' });
    await devices[1].event('typing', (state) => state.isTyping);
    await others[1].ask('typing:start', { conversationId: 'tea' });
    await devices[0].event('typing', (state) => state.userId === 'carol' && state.isTyping);
  };
  await passed();
  await devices[0].ask('typing:stop', { conversationId: 'tea' });
  await devices[1].ask('typing:stop', { conversationId: 'tea' });
  await all(false);
  for (const other of others) {
    assert.deepEqual(heard(other, 'typing').filter((state) => state.userId === 'alice'), [typing('alice', true), typing('alice', false)]);
  }
});
