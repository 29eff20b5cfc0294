// The network between two gateways and the PostgreSQL server is cut, and healed: packets
// are lost, and nobody is told. Clients stay connected, and get what was committed
// meanwhile, once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openSite, plainClient, socketClient } from './harness.mjs';
import { distantServer } from './lib/network.mjs';

const PATIENCE_MS = 60_000;
const statuses = (site) => Promise.all(site.seats.map(async ({ ops }) => (await fetch(`http://${ops}/readyz`)).status));

const USERS = ['alice', 'bob'];
const MEANWHILE = Array.from({ length: 10 }, (_, n) => `Meanwhile ${n}`);

const tell = async (site, title) => {
  for (const user of USERS) await site.insert(user, title);
};

/** A device at each gateway, of a user each. */
async function openDevices(t, site) {
  const [first, second] = site.seats.map(({ address }) => `http://${address}`);
  const devices = [
    plainClient(t, `${first}/ws`, { token: await site.token({ sub: USERS[0] }) }),
    socketClient(t, second, { auth: { token: await site.token({ sub: USERS[1] }) }, transports: ['polling'] }),
  ];
  for (const device of devices) await device.event('notification:unread_count');
  return devices;
}

test('the network is cut and healed: the sockets stay, and what was committed meanwhile comes, once', async (t) => {
  const server = await distantServer();
  const site = await openSite(t, { postgres: server, gateways: 2 });
  const devices = await openDevices(t, site);
  await tell(site, 'Before');
  for (const device of devices) await device.event('notification');

  server.network.cut();
  for (const title of MEANWHILE) await tell(site, title);
  await eventually(async () => (await statuses(site)).every((status) => status === 503), 'both gateways to say that they are not ready', PATIENCE_MS);
  devices[0].send('ping');
  await devices[0].event('pong');
  assert.equal((await devices[1].ask('notification:list')).code, 'unavailable');

  server.network.heal();
  await eventually(async () => (await statuses(site)).every((status) => status === 200), 'both gateways to be ready', PATIENCE_MS);
  await tell(site, 'After');
  for (const device of devices) {
    await device.event('notification', ({ title }) => title === 'After');
    assert.deepEqual(device.notifications().map(({ title }) => title), ['Before', ...MEANWHILE, 'After']);
  }
  await eventually(async () => (await site.sql("SELECT id FROM notifications WHERE status = 'pending'")).length === 0, 'all to be delivered');
});
