// With few file descriptors, clients cannot use up those of the database and of operators.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { atEnd, openSite, plainClient, within } from './harness.mjs';

/** A connection that sends nothing; resolves once it is connected. */
async function silent(t, url) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  atEnd(t, () => socket.destroy());
  socket.on('error', () => {});
  await within(new Promise((resolve) => socket.once('connect', resolve).once('close', resolve)), () => 'a connection');
  return socket;
}

const count = (text, pattern) => text.match(new RegExp(pattern, 'g'))?.length ?? 0;

for (const descriptors of [64, 256]) {
  test(`${descriptors} descriptors: clients cannot use up those of the operators and the database`, async (t) => {
    const site = await openSite(t, { gateway: false });
    await site.startGateway({ descriptors });
    const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
    await alice.event('connected');
    await Promise.all(Array.from({ length: 2 * descriptors }, () => silent(t, site.url)));

    for (const path of ['/healthz', '/readyz', '/metrics']) {
      const answer = await within(fetch(site.ops + path), () => `an answer on ${path}`);
      assert.equal(answer.status, 200, path);
      await answer.text();
    }
    const id = await site.insert('alice', 'Hello');
    assert.equal((await alice.event('notification')).id, id);
    await site.status(id, 'delivered');
    assert.equal(await site.metric('belfry_accept_paused_total'), 0);
    assert.equal(await site.metric('belfry_queue_errors_total'), 0);
    assert.ok(count(site.gateway.output, 'connections are refused') <= 1);
  });
}
