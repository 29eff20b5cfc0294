// The database is replaced under the gateway: all clients have to reconnect. They are closed one after
// the other, so that they do not all return at the same moment.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSite, plainClient, socketClient } from './harness.mjs';

/** Creates another queue, and moves it over the first. */
async function replace(site) {
  const other = join(site.folder, 'other.db');
  await site.belfry(['--database', other, 'init']);
  for (const end of ['-wal', '-shm']) rmSync(`${other}${end}`, { force: true });
  await rename(other, site.database);
}

test('clients of a replaced database are closed evenly, and receive nothing of the new one before', async (t) => {
  const site = await openSite(t, { settings: { gateway: { drain: '10s' } } });
  const closings = [];
  const clients = [];
  for (let n = 0; n < 30; n++) {
    const client = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: `user${n % 10}` }) });
    await client.event('connected');
    client.socket.on('close', () => closings.push(Date.now()));
    clients.push(client);
  }
  await replace(site);
  await site.gateway.line(/is another queue now/);

  const id = await site.insert('user0', 'In the new file');
  const fresh = socketClient(t, site.url, { auth: { token: await site.token({ sub: 'user0' }) } });
  assert.equal((await fresh.event('notification')).id, id);

  for (const client of clients) assert.equal((await client.closed()).close, 1012);
  const took = closings.at(-1) - closings[0];
  assert.ok(took >= 700, `30 clients were closed within ${took} ms`);
  assert.ok(took < 10_000, `30 clients were closed over ${took} ms`);
  for (const client of clients) assert.deepEqual(client.notifications(), []);
  await site.status(id, 'delivered');
  await site.gateway.stop();
});

test('requests of a client that is about to be closed are answered unavailable', async (t) => {
  const site = await openSite(t, { settings: { gateway: { drain: '10s' } } });
  const clients = [];
  for (let n = 0; n < 40; n++) {
    const client = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: `user${n}` }) });
    await client.event('connected');
    clients.push(client);
  }
  await replace(site);
  await site.gateway.line(/is another queue now/);
  const answers = await Promise.all(clients.map(async (client, n) => {
    client.send('notification:list', { limit: 1 }, { id: n });
    const frame = await client.inbox.next((one) => one.ack === n || 'close' in one, 'an answer or a close');
    return frame.close ?? frame.data.code;
  }));
  assert.ok(answers.includes('unavailable'), answers.join());
  assert.deepEqual(answers.filter((one) => one !== 'unavailable' && one !== 1012), []);
});

test('a shutdown while clients of a replaced database are being closed exits cleanly', async (t) => {
  const site = await openSite(t, { settings: { gateway: { drain: '1s' } } });
  const clients = [];
  for (let n = 0; n < 20; n++) {
    const client = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: `user${n}` }) });
    await client.event('connected');
    clients.push(client);
  }
  await replace(site);
  await site.gateway.line(/is another queue now/);
  clients[0].socket.terminate();
  await site.gateway.stop();
  for (const client of clients.slice(1)) assert.equal((await client.closed()).close, 1012);
  assert.deepEqual(await site.gateway.exit(), { code: 0, signal: null });
});
