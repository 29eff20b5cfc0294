// Devices of a user, each with another framing or carrier, behind one interface: what
// a test of the inbox says and hears is the same on all of them.

import { test as nodeTest } from 'node:test';
import { socketClient, plainClient } from './clients.mjs';
import { openStream } from './stream.mjs';
import { within } from './wait.mjs';

/** A device: `inbox` of { name, data }, in the order heard, and `say(name, data)`, the promise of an acknowledgement. */
async function socketDevice(t, site, { transports, token, auth }) {
  const client = socketClient(t, site.url, { transports, auth: { token, ...auth } });
  const inbox = mapped(client.inbox, ({ name, args, ack }) => ({ name, data: args?.[0], confirm: ack }));
  return { inbox, say: client.ask, close: () => client.socket.disconnect(), socket: client.socket };
}

async function plainDevice(t, site, { token, auth }) {
  const client = plainClient(t, `${site.url}/ws`, {});
  const inbox = mapped(client.inbox, ({ event, data, id, close }) => ({
    name: close === undefined ? event : 'disconnect',
    data: data ?? close,
    confirm: id === undefined ? undefined : () => client.socket.send(JSON.stringify({ ack: id })),
  }));
  let last = 0;
  const say = async (name, data) => {
    const id = ++last;
    client.send(name, data, { id });
    return (await client.inbox.find(({ ack }) => ack === id, `the acknowledgement of ${name}`)).data;
  };
  await client.inbox.next((frame) => 'open' in frame, 'the connection');
  client.send('auth', { token, ...auth });
  return { inbox, say, close: () => client.socket.close(), socket: client.socket };
}

/** An event stream. It confirms notifications by POST, unless `ack` leaves that to the test, as on the others. */
async function streamDevice(t, site, { token, auth }) {
  const query = new URLSearchParams();
  if (auth.seen) query.set('seen', 'yes');
  if (auth.subscribe === false) query.set('auto_subscribe', 'no');
  const stream = await openStream(t, site, { token, query: `?${query}` });
  const inbox = mapped(stream.inbox, ({ event, data, id }) => {
    const confirm = id === undefined ? undefined : () => stream.post({ ack: id });
    if (confirm && !auth.ack) confirm().catch(() => undefined);
    return { name: event, data, confirm };
  });
  const say = async (event, data) => (await (await stream.post([{ event, data, id: 1 }])).json())[0].data;
  return { inbox, say, close: () => stream.leave() };
}

/** Each thing that goes into an inbox, also what came before, in the shape of a device. */
function mapped(inbox, shape) {
  const put = inbox.put.bind(inbox);
  inbox.all = inbox.all.map((thing) => ({ ...thing, ...shape(thing) }));
  inbox.put = (thing) => put({ ...thing, ...shape(thing) });
  return inbox;
}

export const DEVICES = {
  'Socket.IO on a WebSocket': (t, site, how) => socketDevice(t, site, { ...how, transports: ['websocket'] }),
  'Socket.IO on polling': (t, site, how) => socketDevice(t, site, { ...how, transports: ['polling'] }),
  'the plain framing': plainDevice,
  'an event stream': streamDevice,
};

/** A device of that kind, connected. `auth` holds further members of the handshake's auth. */
export async function openDevice(t, site, kind, { user = 'alice', auth = {} } = {}) {
  const device = await DEVICES[kind](t, site, { token: await site.token({ sub: user }), auth });
  const { inbox } = device;
  const about = (what) => `${what} on ${kind}`;
  Object.assign(device, {
    kind,
    /** The data of the next event of that name; those before it are skipped. */
    event: async (name, fits = () => true) =>
      (await inbox.next((each) => each.name === name && fits(each.data), about(name))).data,
    /** The data of every event of that name so far. */
    heard: (name) => inbox.all.filter((each) => each.name === name).map(({ data }) => data),
    /** The first event of that name that fits, whatever was taken before, with its `confirm`. */
    find: (name, fits = () => true) => inbox.find((each) => each.name === name && fits(each.data), about(name)),
    ask: (name, data) => within(device.say(name, data), () => about(`the answer to ${name}`)),
  });
  await device.find('connected');
  await device.find('notification:unread_count');
  return device;
}

/** A device of each kind, all of one user. */
export const openDevices = (t, site, how) =>
  Promise.all(Object.keys(DEVICES).map((kind) => openDevice(t, site, kind, how)));

/** Runs a test for each kind of device: `open(t, site, how)` in it opens one of that kind. */
export function testDevices(name, body) {
  for (const kind of Object.keys(DEVICES))
    nodeTest(`${kind}: ${name}`, (t) => body(t, (site, how) => openDevice(t, site, kind, how), kind));
}
