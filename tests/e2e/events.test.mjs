// Every event that a client may send, in both framings and on every carrier of Socket.IO,
// with and without an acknowledgement: what it does, and every reason for which it is refused.

import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { test } from 'node:test';
import { eventually, onlyFiles, openSite, plainClient, socketClient } from './harness.mjs';

/** One interface for all: `say` sends an event, `ask` also waits for the acknowledgement. */
const socketIo = (...transports) => async (t, site, token) => {
  const client = socketClient(t, site.url, { auth: { token }, transports });
  const say = (name, ...data) => client.socket.emit(name, ...(data[0] === undefined ? [] : data));
  return { say, ask: client.ask, event: client.event.bind(client), names: () => client.inbox.all.map(({ name }) => name) };
};

const framings = {
  'Socket.IO': socketIo('websocket'),
  'Socket.IO, polling': socketIo('polling'),
  plain: async (t, site, token) => {
    const client = plainClient(t, `${site.url}/ws`, { token });
    let last = 0;
    const ask = async (name, data) => {
      const id = ++last;
      client.send(name, data, { id });
      return (await client.inbox.find(({ ack }) => ack === id, `the acknowledgement ${id}`)).data;
    };
    return { say: client.send, ask, event: client.event.bind(client), names: () => client.inbox.all.map(({ event }) => event) };
  },
};

async function openTea(t, settings = {}) {
  const site = await openSite(t, { settings: { gateway: { burst: 10_000, presence_grace: '100ms', ...settings } } });
  await site.sql(`INSERT INTO conversations (id) VALUES ('tea'), ('7'), ('theirs');
    INSERT INTO conversation_members (conversation_id, user_id)
    VALUES ('tea', 'alice'), ('tea', 'bob'), ('7', 'alice'), ('theirs', 'bob')`);
  return site;
}

async function meet(t, site, framing) {
  const enter = async (claims) => {
    const client = await framings[framing](t, site, await site.token(claims));
    await client.event('connected');
    await client.event('notification:unread_count');
    return client;
  };
  const alice = await enter({ sub: 'alice', name: 'Alice' });
  const bob = await enter({ sub: 'bob', name: 'Bob' });
  assert.equal((await bob.ask('subscribe', 'conversation:tea')).ok, true);
  return { site, alice, bob };
}

const open = async (t, framing, settings) => meet(t, await openTea(t, settings), framing);

/** Leaves the site as it was before anybody came, for the next test. */
async function clear(site) {
  for (const gauge of ['belfry_connections', 'belfry_subscriptions'])
    await eventually(async () => (await site.metric(gauge)) === 0, `${gauge} to be 0`);
  await site.sql('DELETE FROM notifications; DELETE FROM messages; DELETE FROM broadcasts');
}

const row = async (site) => site.status(await site.insert('alice', 'Ring'), 'delivered');
const said = async (site) => (await site.sql(`INSERT INTO messages (conversation_id, sender_id, content)
  VALUES ('tea', 'bot', 'Said') RETURNING id`))[0].id;
const joined = (site, number) =>
  eventually(async () => (await site.metric('belfry_subscriptions')) === number, `${number} subscriptions`);

/**
 * Each event: what is sent, the complete answer, and what else shows that it took
 * effect. `before` returns what is passed to the others.
 */
const events = {
  ping: {
    answer: { ok: true },
    shown: async ({ alice }) => assert.ok(Math.abs((await alice.event('pong')).timestamp - Date.now()) < 60_000),
  },
  'subscribe, with the topic alone': {
    event: 'subscribe', data: 'public:news', answer: { ok: true, topic: 'public:news' },
    shown: async ({ site, alice }) => {
      await joined(site, 2);
      await site.sql(`INSERT INTO broadcasts (topic, event, data) VALUES ('public:news', 'headline', '[1]')`);
      assert.deepEqual(await alice.event('headline'), [1]);
    },
  },
  'subscribe, since a message': {
    event: 'subscribe',
    before: async ({ site }) => {
      const first = await said(site);
      return { first, second: await said(site) };
    },
    data: ({ first }) => ({ topic: 'conversation:tea', since: first }),
    answer: { ok: true, topic: 'conversation:tea', hasMore: false },
    shown: async ({ alice, second }) => assert.equal((await alice.event('message')).id, String(second)),
  },
  'subscribe, to one\'s own under its other name': {
    event: 'subscribe', data: { topic: 'user:alice:notifications', since: null },
    answer: { ok: true, topic: 'user:alice:notifications' },
    shown: async ({ site, alice }) => {
      const id = await site.insert('alice', 'Once');
      assert.equal((await alice.event('notification')).id, id);
      await site.status(id, 'delivered');
      assert.equal(alice.names().filter((name) => name === 'notification').length, 1);
    },
  },
  unsubscribe: {
    before: async ({ alice }) => assert.equal((await alice.ask('subscribe', 'public:news')).ok, true),
    data: { topic: 'public:news' }, answer: { ok: true, topic: 'public:news' },
    shown: ({ site }) => joined(site, 1),
  },
  'unsubscribe, from what every connection has': {
    event: 'unsubscribe', data: 'user:notifications', answer: { ok: true, kept: true },
    shown: async ({ site, alice }) => {
      const id = await site.insert('alice', 'Kept');
      assert.equal((await alice.event('notification')).id, id);
    },
  },
  'notification:get_count': {
    before: ({ site }) => row(site),
    answer: { ok: true, count: 1 },
    shown: async ({ alice }) => assert.equal(await alice.event('notification:unread_count', (count) => count === 1), 1),
  },
  'notification:mark_read': {
    before: ({ site }) => row(site),
    data: ({ id }) => ({ ids: [String(id), 4711], more: 'is ignored' }), answer: { ok: true, marked: 1, unread: 0 },
    shown: ({ site, id }) => site.status(id, 'read'),
  },
  'notification:mark_all_read': {
    before: ({ site }) => row(site),
    data: { upTo: null }, answer: { ok: true, marked: 1, unread: 0 },
    shown: ({ site, id }) => site.status(id, 'read'),
  },
  'notification:mark_all_read, up to a row': {
    event: 'notification:mark_all_read',
    before: async ({ site }) => {
      const first = await row(site);
      return { id: first.id, second: (await row(site)).id };
    },
    data: ({ id }) => ({ upTo: id }), answer: { ok: true, marked: 1, unread: 1 },
    shown: async ({ site, id, second }) => {
      await site.status(id, 'read');
      await site.status(second, 'delivered');
    },
  },
  'notification:list': {
    before: ({ site }) => row(site),
    data: { limit: 1, unread: true },
    answer: (answer, { id }) => {
      assert.deepEqual([answer.ok, answer.hasMore, answer.notifications.length], [true, false, 1]);
      assert.equal(answer.notifications[0].id, String(id));
    },
    unasked: async ({ alice, id }) => assert.equal((await alice.event('notification:batch'))[0].id, String(id)),
  },
  'message:send': {
    data: { conversationId: 'tea', content: 'Hello', metadata: [1, { a: null }], tempId: 't1' },
    answer: (answer) => assert.ok(answer.ok && /^\d+$/.test(answer.id) && Date.parse(answer.timestamp)),
    shown: async ({ site, bob }) => {
      const { id, timestamp, ...message } = await bob.event('message');
      assert.deepEqual(message, {
        conversationId: 'tea', senderId: 'alice', senderName: 'Alice', content: 'Hello', metadata: [1, { a: null }], tempId: 't1', status: 'sent',
      });
      const [stored] = await site.sql(`SELECT content, created_at FROM messages WHERE id = ${id}`);
      assert.deepEqual(stored, { content: 'Hello', created_at: timestamp });
    },
  },
  'message:send, with numbers for ids': {
    event: 'message:send', data: { conversationId: 7, content: 'Hello', tempId: 1 },
    before: async ({ alice }) => assert.equal((await alice.ask('subscribe', 'conversation:7')).ok, true),
    answer: (answer) => assert.equal(answer.ok, true),
    shown: async ({ alice }) => {
      const { conversationId, tempId } = await alice.event('message');
      assert.deepEqual([conversationId, tempId], ['7', '1']);
    },
  },
  'message:history': {
    before: async ({ site }) => ({ id: await said(site) }),
    data: ({ id }) => ({ conversationId: 'tea', before: id + 1, limit: 100 }),
    answer: (answer, { id }) => {
      assert.deepEqual([answer.ok, answer.hasMore, answer.messages.length], [true, false, 1]);
      assert.deepEqual([answer.messages[0].id, answer.messages[0].status], [String(id), 'sent']);
    },
  },
  'typing:start': {
    data: { conversationId: 'tea' }, answer: { ok: true },
    shown: async ({ bob }) => assert.deepEqual(await bob.event('typing'), { userId: 'alice', conversationId: 'tea', isTyping: true }),
  },
  'typing:stop': {
    before: async ({ alice, bob }) => {
      await alice.ask('typing:start', { conversationId: 'tea' });
      assert.equal((await bob.event('typing')).isTyping, true);
    },
    data: { conversationId: 'tea' }, answer: { ok: true },
    shown: async ({ bob }) => assert.equal((await bob.event('typing')).isTyping, false),
  },
  'presence:get': {
    data: { userIds: ['bob', 'carol', 'alice', 42] },
    answer: ({ ok, users }) => {
      assert.equal(ok, true);
      assert.deepEqual(users.map(({ userId, isOnline }) => [userId, isOnline]), [['bob', true], ['alice', true]]);
      assert.ok(users.every(({ lastSeen }) => Math.abs(Date.parse(lastSeen) - Date.now()) < 60_000));
    },
  },
  'auth:refresh': {
    before: async ({ site }) => ({ token: await site.token({ sub: 'alice', role: 'editor', topics: ['lobby', 'team:*'] }) }),
    data: ({ token }) => ({ token }),
    answer: (answer) => assert.ok(answer.ok && Date.parse(answer.sessionExpiresAt) > Date.now()),
    shown: async ({ alice }) => {
      const { expiresIn, sessionExpiresAt } = await alice.event('auth:refreshed');
      assert.ok(expiresIn > 3500 && expiresIn <= 3600 && Date.parse(sessionExpiresAt) > Date.now());
      await eventually(async () => {
        const answers = [];
        for (const topic of ['role:editor', 'lobby', 'team:7']) answers.push((await alice.ask('subscribe', topic)).ok);
        return answers.every((ok) => ok === true);
      }, 'the new rights');
    },
  },
};

async function takesEffect(t, site, framing, { event, before, data, answer, shown, unasked }, acknowledged) {
  const people = await meet(t, site, framing);
  const { alice } = people;
  const all = { ...people, ...(await before?.(people)) };
  const sent = typeof data === 'function' ? data(all) : data;
  if (!acknowledged) {
    alice.say(event, sent);
    await unasked?.(all);
  } else if (typeof answer === 'function') {
    answer(await alice.ask(event, sent), all);
  } else {
    assert.deepEqual(await alice.ask(event, sent), answer);
  }
  await shown?.(all);
  await alice.ask('ping');
  assert.equal(alice.names().includes('error'), false);
}

for (const framing of Object.keys(framings)) {
  test(`${framing}: what each event does`, async (t) => {
    const site = await openTea(t);
    for (const [what, how] of Object.entries(events)) {
      for (const acknowledged of [true, false]) {
        await t.test(`${what}, ${acknowledged ? 'with' : 'without'} an acknowledgement`, (t) =>
          takesEffect(t, site, framing, { event: what, ...how }, acknowledged));
        await clear(site);
      }
    }
  });
}

const many = (count, each) => Array.from({ length: count }, each);
const hour = () => Math.floor(Date.now() / 1000) - 3600;

/** Each reason for a refusal: the code, and what is sent to provoke it. */
const refusals = {
  subscribe: {
    bad_request: [undefined, null, 7, [], {}, { topic: 7 }, { topic: 'a\0b:c' }, 'public:\0',
      { topic: 'conversation:tea', since: 'x' }, { topic: 'conversation:tea', since: -1 }, { topic: 'conversation:tea', since: 1.5 }],
    forbidden: ['', ':', 'public:', 'public:a\nb', `public:${'x'.repeat(300)}`, '*', 'nocolon', 'role:admin', 'user:bob:notifications',
      'user:alice', 'presence:all', 'conversation:', 'conversation:theirs', 'conversation:none', { topic: 'team:7' }],
  },
  unsubscribe: { bad_request: [undefined, 7, {}, { topic: null }] },
  'notification:mark_read': {
    bad_request: [undefined, {}, { ids: '1' }, { ids: [{}] }, { ids: ['x'] }, { ids: ['-1'] }, { ids: [0] }, { ids: [1.5] },
      { ids: ['99999999999999999999'] }, { ids: many(1001, (_, i) => i + 1) }],
  },
  'notification:mark_all_read': { bad_request: [{ upTo: 'x' }, { upTo: 0 }, { upTo: {} }] },
  'notification:list': { bad_request: [{ limit: 0 }, { limit: 101 }, { limit: '5' }, { limit: 1.5 }, { before: 'x' }, { before: -1 }] },
  'message:send': {
    bad_request: [undefined, 'text', {}, { conversationId: 'tea' }, { conversationId: '', content: 'x' }, { conversationId: null, content: 'x' },
      { conversationId: 'tea', content: '' }, { conversationId: 'tea', content: 'a\0b' }, { conversationId: 'tea', content: 'x'.repeat(32_769) },
      { conversationId: 'tea', content: 'x', metadata: 'y'.repeat(8192) }, { conversationId: 'tea', content: 'x', tempId: '' },
      { conversationId: 'tea', content: 'x', tempId: 1.5 }, { conversationId: 'x'.repeat(256), content: 'x' }],
    forbidden: [{ conversationId: 'theirs', content: 'x' }, { conversationId: 'none', content: 'x' }],
  },
  'message:history': {
    bad_request: [undefined, {}, { conversationId: 'tea', limit: 101 }, { conversationId: 'tea', before: 'x' }, { conversationId: 'tea', before: 1, after: 1 }],
    forbidden: [{ conversationId: 'theirs' }],
  },
  'typing:start': { bad_request: [undefined, {}, { conversationId: {} }], forbidden: [{ conversationId: 'theirs' }] },
  'typing:stop': { bad_request: [undefined, {}, { conversationId: [] }] },
  'presence:get': { bad_request: [undefined, {}, { userIds: 'bob' }, { userIds: [{}] }, { userIds: many(101, () => 'bob') }] },
  'auth:refresh': {
    token_missing: [undefined, {}, { token: '' }, { token: 7 }],
    token_invalid: [{ token: 'not.a.token' }, { token: 'x'.repeat(20_000) }],
    token_expired: [(site) => site.token({ sub: 'alice', iat: hour() - 60, exp: hour() }).then((token) => ({ token }))],
    forbidden: [(site) => site.token({ sub: 'bob' }).then((token) => ({ token }))],
  },
  'no:such:event': { unknown_event: [undefined, {}, 'x'] },
};

/** Asserts that an error names the topic or the conversation that it is about. */
function named(data) {
  const topic = typeof data === 'string' ? data : data?.topic ?? (typeof data?.conversationId === 'string' && !Buffer.isBuffer(data.content) ? `conversation:${data.conversationId}` : undefined);
  if (typeof topic !== 'string' || topic === '' || topic.includes('\0') || topic.length > 300) return {};
  return topic.startsWith('conversation:') ? { topic, conversationId: topic.slice(13) } : { topic };
}

async function isRefused(client, event, data, code, why) {
  const answer = await client.ask(event, data);
  assert.deepEqual({ ok: answer.ok, code: answer.code }, { ok: false, code }, why);
  assert.ok(answer.message.length > 5 && Object.keys(answer).length === 3, why);
  client.say(event, data);
  const error = await client.event('error');
  assert.deepEqual({ event: error.event, code: error.code }, { event, code }, why);
  const { event: name, code: told, message, ...subject } = error;
  assert.ok(message.length > 5, why);
  assert.deepEqual(subject, named(data), why);
}

for (const framing of Object.keys(framings)) {
  for (const [event, codes] of Object.entries(refusals)) {
    test(`${framing}: ${event} is refused as ${Object.keys(codes).join(', ')}, and the connection stays open`, async (t) => {
      const { site, alice } = await open(t, framing);
      for (const [code, sent] of Object.entries(codes)) {
        for (const each of sent) {
          const data = typeof each === 'function' ? await each(site) : each;
          await isRefused(alice, event, data, code, `${event} ${JSON.stringify(data)?.slice(0, 80)}`);
        }
      }
      await alice.ask('ping');
      await alice.event('pong');
      assert.deepEqual(await site.sql('SELECT * FROM messages'), []);
    });
  }

  if (framing !== 'plain') test(`${framing}: attachments are binary_unsupported, and further arguments are ignored`, async (t) => {
    const { site, alice } = await open(t, framing);
    await isRefused(alice, 'message:send', { conversationId: 'tea', content: Buffer.from('octets') }, 'binary_unsupported');
    assert.deepEqual(await site.sql('SELECT * FROM messages'), []);
    alice.say('subscribe', 'public:news', { since: 'ignored' }, 3);
    await joined(site, 2);
    alice.say('ping', null, undefined);
    await alice.event('pong');
  });

  test(`${framing}: auth:refresh with a revoked token is refused, a newer one is accepted`, async (t) => {
    const { site, alice } = await open(t, framing);
    const now = Math.floor(Date.now() / 1000);
    const old = await site.token({ sub: 'alice', iat: now - 60 });
    await site.sql(`INSERT INTO revocations (user_id, not_before) VALUES ('alice', '${new Date((now - 30) * 1000).toISOString()}')`);
    await isRefused(alice, 'auth:refresh', { token: old }, 'session_revoked');
    assert.equal((await alice.ask('auth:refresh', { token: await site.token({ sub: 'alice' }) })).ok, true);
  });

  test(`${framing}: too many events a second are rate_limited`, async (t) => {
    const { site, alice } = await open(t, framing, { rate: 1, burst: 3 });
    while ((await alice.ask('ping')).ok);
    await isRefused(alice, 'notification:get_count', undefined, 'rate_limited');
    assert.ok((await site.metric('belfry_rate_limited_total')) >= 3);
  });

  test(`${framing}: too many subscriptions are too_many_topics`, async (t) => {
    const { site, alice } = await open(t, framing, { max_topics: 2 });
    assert.equal((await alice.ask('subscribe', 'public:a')).ok, true);
    await isRefused(alice, 'subscribe', 'public:b', 'too_many_topics');
    await isRefused(alice, 'subscribe', 'conversation:tea', 'too_many_topics');
    assert.equal(await site.metric('belfry_refusals_total{code="too_many_topics"}'), 4);
    assert.equal((await alice.ask('subscribe', 'public:a')).ok, true, 'the one that is there');
  });

  test(`${framing}: many requests at once are all answered, each in its turn`, async (t) => {
    const { site, alice } = await open(t, framing);
    const writer = await site.hold('SELECT 1', 'messages');
    const answers = Array.from({ length: 300 }, (_, n) => alice.ask('message:send', { conversationId: 'tea', content: `No ${n}` }));
    // On polling the rest waits in the body of a POST, and is counted nowhere.
    if (framing !== 'Socket.IO, polling') await eventually(async () => (await site.metric('belfry_requests_held_total')) > 0, 'the rest to wait');
    await writer.commit();
    const codes = (await Promise.all(answers)).map((answer) => answer.code ?? 'ok');
    assert.deepEqual([...new Set(codes)], ['ok']);
    assert.deepEqual(await site.sql('SELECT content FROM messages ORDER BY id'), codes.map((_, n) => ({ content: `No ${n}` })));
    assert.equal((await alice.ask('message:history', { conversationId: 'tea' })).ok, true);
  });

  onlyFiles('a file can be moved away', `${framing}: without its file the queue is unavailable, and what was refused is not stored later`, async (t) => {
    const { site, alice } = await open(t, framing);
    await rename(site.database, `${site.database}.away`);
    for (const event of ['message:send', 'message:history', 'notification:list'])
      await isRefused(alice, event, { conversationId: 'tea', content: 'Lost' }, 'unavailable');
    assert.equal((await alice.ask('ping')).ok, true);
    assert.ok((await site.metric('belfry_events_unavailable_total')) >= 6);
    await rename(`${site.database}.away`, site.database);
    await eventually(async () => (await alice.ask('message:history', { conversationId: 'tea' })).ok, 'the queue to be back');
    assert.deepEqual(await site.sql('SELECT * FROM messages'), []);
    assert.equal((await alice.ask('message:send', { conversationId: 'tea', content: 'Kept' })).ok, true);
  });
}
