// Requests are paced, and events wait in the queue: no well-behaved client is closed
// for either, however many there are.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { eventually, openSite, plainClient, socketClient } from './harness.mjs';

const numbers = (count) => Array.from({ length: count }, (_, n) => n);

/** One interface for both framings: `ask`, the events received by name, and how it was closed. */
const framings = {
  'Socket.IO': async (t, site, token) => {
    const client = socketClient(t, site.url, { auth: { token } });
    await client.event('connected');
    const heard = (name) => client.inbox.all.filter((event) => event.name === name).map((event) => event.args[0]);
    return { ask: client.ask, heard, ended: () => heard('disconnect').length > 0, socket: client.socket };
  },
  plain: async (t, site, token) => {
    const client = plainClient(t, `${site.url}/ws`, { token });
    await client.event('connected');
    let last = 0;
    const ask = async (name, data) => {
      const id = ++last;
      client.send(name, data, { id });
      return (await client.inbox.find(({ ack }) => ack === id, `the acknowledgement ${id}`)).data;
    };
    const heard = (name) => client.inbox.all.filter(({ event }) => event === name).map(({ data }) => data);
    return { ask, heard, ended: () => client.inbox.all.some(({ close }) => close !== undefined), socket: client.socket };
  },
};

const fill = (count, octets, conversation = 'tea') => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
  INSERT INTO messages (conversation_id, sender_id, content) SELECT '${conversation}', 'bot', i || ' ' || hex(zeroblob(${octets / 2})) FROM n`;
const contents = (messages) => messages.map(({ content }) => Number.parseInt(content, 10));

async function open(t, settings = {}) {
  const site = await openSite(t, { settings: { gateway: { rate: 20_000, burst: 20_000, ...settings } } });
  await site.sql(`INSERT INTO conversation_members (conversation_id, user_id)
    VALUES ('tea', 'alice'), ('milk', 'alice'), ('cake', 'alice')`);
  return site;
}

const nobodyWasClosed = async (site) => {
  for (const name of ['slow_consumers', 'overfull_closed', 'silent_closed', 'confirmations_overdue'])
    assert.equal(await site.metric(`belfry_${name}_total`), 0, name);
};

for (const [framing, enter] of Object.entries(framings)) {
  test(`${framing}: subscribing to three conversations at once returns all that was missed`, async (t) => {
    const site = await open(t);
    for (const conversation of ['tea', 'milk', 'cake']) await site.sql(fill(100, 1500, conversation));
    const alice = await enter(t, site, await site.token());
    const answers = await Promise.all(['tea', 'milk', 'cake'].map((id) => alice.ask('subscribe', { topic: `conversation:${id}`, since: 0 })));
    assert.deepEqual(answers.map(({ ok, hasMore }) => [ok, hasMore]), [[true, false], [true, false], [true, false]]);
    await eventually(() => alice.heard('message').length === 300, 'all to be there');
    for (const conversation of ['tea', 'milk', 'cake'])
      assert.deepEqual(contents(alice.heard('message').filter(({ conversationId }) => conversationId === conversation)), numbers(100).map((n) => n + 1));
    await nobodyWasClosed(site);
  });

  test(`${framing}: thirty histories, lists and presence queries at once are all answered`, async (t) => {
    const site = await open(t);
    await site.sql(fill(100, 1600));
    await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
      INSERT INTO notifications (user_id, title, body, status, delivered_at)
      SELECT 'alice', 'No ' || i, '${'0'.repeat(2000)}', 'delivered', ${site.now()} FROM n`);
    const alice = await enter(t, site, await site.token());
    const asked = numbers(30).flatMap(() => [
      alice.ask('message:history', { conversationId: 'tea', limit: 100 }),
      alice.ask('notification:list', { limit: 100 }),
      alice.ask('presence:get', { userIds: numbers(100).map((n) => `user-${n}`) }),
    ]);
    const answers = await Promise.all(asked);
    assert.deepEqual([...new Set(answers.map(({ ok }) => ok))], [true]);
    assert.deepEqual([...new Set(answers.filter(({ messages }) => messages).map(({ messages }) => messages.length))], [100]);
    await nobodyWasClosed(site);
  });

  test(`${framing}: a thousand small requests at once are all answered`, async (t) => {
    const site = await open(t);
    const alice = await enter(t, site, await site.token());
    const id = await site.insert('alice', 'Read me');
    const answers = await Promise.all(numbers(1000).map(async (n) =>
      (await alice.ask(n % 2 ? 'notification:get_count' : 'notification:mark_read', n % 2 ? undefined : { ids: [String(id)] })).ok));
    assert.deepEqual([...new Set(answers)], [true]);
    await nobodyWasClosed(site);
  });

  test(`${framing}: 600 messages of one transaction reach six clients in order, and none is closed`, async (t) => {
    const site = await open(t);
    const clients = await Promise.all(numbers(6).map(async () => enter(t, site, await site.token())));
    for (const client of clients) assert.equal((await client.ask('subscribe', 'conversation:tea')).ok, true);
    await site.sql(fill(600, 500));
    for (const client of clients) {
      await eventually(() => client.heard('message').length >= 600, 'all to be there');
      assert.deepEqual(contents(client.heard('message')), numbers(600).map((n) => n + 1));
    }
    await nobodyWasClosed(site);
  });

  test(`${framing}: a subscription that falls behind catches up, in order, for as long as its client reads`, async (t) => {
    const site = await open(t, { max_buffer: 32_768, ping_interval: '1s', ping_timeout: '1s' });
    const alice = await enter(t, site, await site.token());
    for (const topic of ['conversation:tea', 'public:news']) assert.equal((await alice.ask('subscribe', topic)).ok, true);
    const socket = alice.socket._socket ?? alice.socket.io.engine.transport.ws._socket;
    // It reads a little now and then: never much, but something every second.
    let rest;
    const trickle = setInterval(() => {
      socket.resume();
      rest = setTimeout(() => socket.pause(), 5);
    }, 60);
    const readAll = () => {
      clearInterval(trickle);
      clearTimeout(rest);
      socket.resume();
    };
    t.after(readAll);
    for (const round of numbers(4)) {
      await site.sql(`WITH RECURSIVE n(i) AS (SELECT ${round * 250 + 1} UNION ALL SELECT i + 1 FROM n WHERE i < ${round * 250 + 250})
        INSERT INTO messages (conversation_id, sender_id, content) SELECT 'tea', 'bot', i || ' ' || '${'0'.repeat(16000)}' FROM n`);
      await site.sql(`WITH RECURSIVE n(i) AS (SELECT ${round * 50 + 1} UNION ALL SELECT i + 1 FROM n WHERE i < ${round * 50 + 50})
        INSERT INTO broadcasts (topic, event, data) SELECT CASE i % 2 WHEN 0 THEN '*' ELSE 'public:news' END, 'large', ${site.dialect.jsonArray('i', `'${'0'.repeat(16000)}'`)} FROM n`);
    }
    await eventually(async () => (await site.metric('belfry_subscriptions_behind_total')) > 0, 'it to fall behind');
    await eventually(() => alice.heard('message').length >= 1000 && alice.heard('large').length >= 200, 'all to be there', 60_000);
    readAll();
    assert.deepEqual(contents(alice.heard('message')), numbers(1000).map((n) => n + 1));
    for (const parity of [0, 1]) {
      const heard = alice.heard('large').map(([i]) => i).filter((i) => i % 2 === parity);
      assert.deepEqual(heard, numbers(200).map((n) => n + 1).filter((i) => i % 2 === parity));
    }
    assert.equal((await alice.ask('ping')).ok, true);
    assert.equal(alice.ended(), false);
    await nobodyWasClosed(site);
  });

  test(`${framing}: a subscribe is followed by all unexpired broadcasts, however many, then by those inserted meanwhile`, async (t) => {
    const site = await open(t);
    const stand = (from, upto) => site.sql(`WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${upto})
      INSERT INTO broadcasts (topic, event, data, expires_at)
      SELECT 'public:news', 'stands', ${site.dialect.jsonArray('i', `'${'0'.repeat(2000)}'`)}, ${site.now('+1 hour')} FROM n`);
    await stand(1, 600);
    await eventually(async () => (await site.sql('SELECT count(*) AS n FROM broadcasts WHERE sent_at IS NULL'))[0].n === 0, 'them to be marked');
    const alice = await enter(t, site, await site.token());
    const [answer] = await Promise.all([alice.ask('subscribe', 'public:news'), stand(601, 700)]);
    assert.equal(answer.ok, true);
    await eventually(() => alice.heard('stands').length >= 700, 'all to be there');
    assert.deepEqual(alice.heard('stands').map(([i]) => i), numbers(700).map((n) => n + 1));
    await nobodyWasClosed(site);
  });
}

test('when very many notifications are read at once, the other tab gets the newest ids, in frames of bounded size', async (t) => {
  const site = await open(t);
  await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
    INSERT INTO notifications (user_id, title, status, delivered_at)
    SELECT 'alice', 't', 'delivered', ${site.now()} FROM n`);
  const [reader, other] = [await framings.plain(t, site, await site.token()), await framings['Socket.IO'](t, site, await site.token())];
  const answer = await reader.ask('notification:mark_all_read', { upTo: '12000' });
  assert.deepEqual([answer.ok, answer.marked, answer.unread], [true, 12_000, 0]);
  await eventually(() => other.heard('notification:read').flatMap(({ ids }) => ids).length === 10_000, 'the last to be told');
  assert.ok(other.heard('notification:read').every(({ ids }) => ids.length <= 1000));
  assert.equal(other.heard('notification:read').at(-1).ids.at(-1), '12000');
  await nobodyWasClosed(site);
});

const resident = async (pid) => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

test('a client that sends ten thousand requests and never reads costs little memory, and is closed with 4408', async (t) => {
  const site = await open(t, { ping_timeout: '2s', ping_interval: '1m' });
  await site.sql(fill(100, 1900));
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  const before = await resident(site.gateway.pid);
  alice.socket._socket.pause();
  let most = 0;
  for (let n = 0; n < 10_000; n++) {
    alice.send('message:history', { conversationId: 'tea', limit: 100 }, { id: n });
    if (n % 500 === 0) most = Math.max(most, await resident(site.gateway.pid));
  }
  await eventually(async () => {
    most = Math.max(most, await resident(site.gateway.pid));
    return (await site.metric('belfry_slow_consumers_total')) === 1;
  }, 'it to be closed');
  assert.ok(most - before < 64 << 20, `${(most - before) >> 20} MiB more`);
  await site.gateway.line(/closed: it took nothing of what waits for it/);
  alice.socket._socket.resume();
  assert.equal((await alice.closed()).close, 4408);
});
