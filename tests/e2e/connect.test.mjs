// From a token to a notification, for every way to send the token.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSite, plainClient, socketClient, testCarriers } from './harness.mjs';

testCarriers('socket.io-client may send its token in the Authorization header', async (t) => {
  const site = await openSite(t);
  const alice = socketClient(t, site.url, { extraHeaders: { authorization: `Bearer ${await site.token()}` } });
  assert.equal((await alice.event('connected')).userId, 'alice');
});

testCarriers('the claims of the token reach the client; sub, iat and exp are enough', async (t) => {
  const site = await openSite(t);
  const full = socketClient(t, site.url, {
    auth: { token: await site.token({ sub: 'bob', email: 'bob@example.com', name: 'Bob', role: 'editor' }) },
  });
  assert.equal((await full.event('connected')).userEmail, 'bob@example.com');
  const bare = socketClient(t, site.url, { auth: { token: await site.token({ sub: 'carol' }) } });
  assert.equal((await bare.event('connected')).userId, 'carol');
});

testCarriers('every connection reports the same queue, so that remembered ids stay valid', async (t) => {
  const site = await openSite(t);
  const queues = [];
  for (const sub of ['alice', 'bob']) {
    const client = socketClient(t, site.url, { auth: { token: await site.token({ sub }) } });
    queues.push((await client.event('connected')).queue);
  }
  assert.equal(queues[0], queues[1]);
});

test('the gateway listens on a Unix socket for the web server only', async (t) => {
  const site = await openSite(t, { gateway: false });
  site.configure({ gateway: { listen: `unix:${site.folder}/gateway.sock` } });
  await site.startGateway();
  assert.equal(site.address, `unix:${site.folder}/gateway.sock`);
  const alice = plainClient(t, `ws+unix:${site.folder}/gateway.sock:/ws`, { token: await site.token() });
  assert.equal((await alice.event('connected')).userId, 'alice');
});
