// Who is connected: GET /connections on ops_listen, and `belfry connections`, which reads all of its pages.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, openSite, openStream, plainClient, socketClient } from './harness.mjs';

/** A site with one gateway that `belfry` finds, by a socket, and fetch, by a port. */
async function openAsked(t) {
  const site = await openSite(t, { gateway: false, gateways: 1 });
  site.configure({ gateway: { ops_listen: `unix:${join(site.folder, 'ops')}, 127.0.0.1:0` } });
  await site.startGateway();
  const [, address] = await site.gateway.line(/operations on (127\S+)/);
  const page = async (query = '') => {
    const answer = await fetch(`http://${address}/connections${query}`);
    return { status: answer.status, ...(await answer.json()) };
  };
  return { site, page };
}

const lines = ({ stdout }) => stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));

test('each connection is listed with its user, framing and carrier, and what it has not confirmed', async (t) => {
  const { site, page } = await openAsked(t);
  const odd = 'odd/ü & "co"';
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  const bob = socketClient(t, site.url, { transports: ['polling'], upgrade: false, auth: { token: await site.token({ sub: 'bob' }) } });
  const other = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: odd }) });
  const guest = plainClient(t, `${site.url}/ws`);
  for (const client of [alice, bob, other]) await client.event('connected');
  await guest.inbox.next((event) => 'open' in event);
  await openStream(t, site, { token: await site.token({ sub: 'carol' }) });

  const { status, now, connections, next } = await page();
  assert.equal(status, 200);
  assert.equal(next, null);
  assert.ok(Math.abs(Date.parse(now) - Date.now()) < 60_000);
  const shown = connections.map(({ user, framing, carrier }) => [user, framing, carrier].join(' '));
  assert.deepEqual(shown.sort(), [
    'alice socket.io websocket', 'bob socket.io polling', 'carol plain events', `${odd} plain websocket`, ' plain websocket',
  ].sort());
  for (const one of connections) {
    assert.match(one.id, /^[1-9]\d*$/);
    assert.equal(one.address, '127.0.0.1');
    assert.ok(Date.parse(one.openedAt) <= Date.parse(now));
    assert.equal(one.unconfirmed, 0);
  }
  const ids = connections.map(({ id }) => Number(id));
  assert.deepEqual(ids, [...ids].sort((a, b) => a - b));

  const closed = new Promise((resolve) => alice.socket.once('disconnect', resolve));
  alice.socket.disconnect();
  await closed;
  await eventually(async () => (await page('?user=alice')).connections.length === 0, 'alice to be gone');
  const { ended, endedSince } = await page('?user=alice');
  assert.equal(ended.length, 1);
  assert.equal(ended[0].id, connections.find(({ user }) => user === 'alice').id);
  assert.deepEqual([ended[0].carrier, ended[0].framing, ended[0].unconfirmed, ended[0].why], ['websocket', 'socket.io', 0, 'disconnected by the client']);
  assert.ok(Date.parse(endedSince) <= Date.parse(ended[0].openedAt) && Date.parse(ended[0].openedAt) <= Date.parse(ended[0].endedAt));
  assert.deepEqual((await page('?user=nobody')).ended, []);
  assert.equal((await page()).ended, undefined);
  assert.deepEqual((await page(`?user=${encodeURIComponent(odd)}`)).connections.map(({ user }) => user), [odd]);
  assert.deepEqual((await page('?user=nobody')).connections, []);

  const listed = lines(await site.belfry(['connections', '--user', odd, '--json']));
  assert.equal(listed.length, 1);
  assert.equal(listed[0].user, odd);
  assert.equal(listed[0].carrier, 'websocket');
  assert.ok(listed[0].ageSeconds < 60);
  const { stdout } = await site.belfry(['connections']);
  assert.match(stdout, /^id +user +address +framing +carrier +age +unconfirmed +unsent bytes\n/);
  assert.match(stdout, /bob +127\.0\.0\.1 +socket\.io +polling +\d+ s +0 +0\n/);
  assert.match((await site.belfry(['connections', '--user', 'nobody'])).stderr, /no client of this user is connected/);

  await site.gateway.stop();
  assert.match((await site.belfry(['connections'], { status: 1 })).stderr, /the gateway does not answer on ops_listen: /);
});

test('what is sent and not confirmed is counted; pages follow each other', async (t) => {
  const { site, page } = await openAsked(t);
  const clients = await Promise.all([1, 2, 3, 4, 5].map(async (n) =>
    plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: n < 4 ? 'alice' : 'bob' }), autoPong: n < 5 })));
  for (const client of clients) await client.event('connected');
  await site.insert('bob', 'Held');
  await eventually(async () => (await page('?user=bob')).connections.some(({ unconfirmed }) => unconfirmed === 1), 'a row to be unconfirmed');

  const seen = [];
  let after = '0';
  for (let n = 0; after; n++) {
    assert.ok(n < 3);
    const { connections, next } = await page(`?max=2&after=${after}`);
    seen.push(...connections.map(({ id }) => id));
    // One that goes between two pages does not hide another.
    if (n === 0) {
      clients[0].socket.terminate();
      await eventually(async () => (await page('?user=alice')).connections.length === 2, 'a client to be gone');
    }
    after = next;
  }
  assert.equal(seen.length, 5);
  assert.equal(new Set(seen).size, 5);
  const { connections, next } = await page('?user=alice&max=1');
  assert.equal(connections.length, 1);
  assert.equal((await page(`?user=alice&max=1&after=${next}`)).connections.length, 1);
  assert.equal((await page(`?user=alice&max=1&after=${next}`)).next, null);
  assert.equal((await page('?max=501')).status, 400);
  clients[4].socket.terminate();
});
