// The carriers for those who have no WebSocket: HTTP long polling and event streams. The server's processor time for an
// event to each of many sessions, for a round trip of a client's own event (by POST, its acknowledgement in the answer to
// the GET, and the next GET), and its memory for each idle session.

import { setTimeout as pause } from 'node:timers/promises';
import { atEnd } from '../../tests/e2e/lib/end.mjs';
import { within } from '../../tests/e2e/lib/wait.mjs';
import { compare } from '../lib/compare.mjs';
import { Pollers } from '../lib/pollers.mjs';
import { processorSeconds, residentMemory } from '../lib/process.mjs';
import { withRig } from '../lib/rig.mjs';
import { Streams } from '../lib/streams.mjs';

const SETTLE_MS = 1000;
const ASKING = 200;
// Below the burst of events that a client may send at once.
const TRIPS = 25;
const HEARING = 500;
const EVENTS = 40;

/** Calls use(crowd) with `count` sessions of a carrier, and demands that none was lost. */
async function withCrowd(rig, crowd, url, count, use) {
  atEnd(rig.scope, () => crowd.leave());
  await crowd.join(url, count, (number) => rig.token(`user-${number}`));
  const result = await use(crowd);
  crowd.demandAll();
  crowd.leave();
  return result;
}

/** Seconds of processor time for each delivery of events that are told one after the other. */
function told(rig, { url, pid }, Carrier, tell, events) {
  let [heard, awaited] = [0, { count: Infinity }];
  const crowd = new Carrier((text) => {
    if (text.includes('"told"') && ++heard === awaited.count) awaited.done();
  });
  return withCrowd(rig, crowd, url, HEARING, async () => {
    const before = processorSeconds(pid);
    for (let event = 1; event <= events; event++) {
      const all = new Promise((done) => (awaited = { count: event * HEARING, done }));
      await tell(event);
      await within(all, () => `event ${event} at all; ${heard} deliveries came`);
    }
    if (heard !== events * HEARING) throw new Error(`${heard} deliveries instead of ${events * HEARING}`);
    return (processorSeconds(pid) - before) / heard;
  });
}

/** Seconds of processor time for a round trip. */
const trip = (rig, { url, pid }, trips) =>
  withCrowd(rig, new Pollers(), url, ASKING, async (pollers) => {
    const before = processorSeconds(pid);
    await pollers.ask(trips);
    return (processorSeconds(pid) - before) / (ASKING * trips);
  });

/** Bytes of memory for each of `count` idle sessions. */
async function weigh(rig, { url, pid }, Carrier, count, tidy) {
  await tidy();
  const empty = residentMemory(pid);
  return withCrowd(rig, new Carrier(), url, count, async () => {
    await pause(SETTLE_MS);
    await tidy();
    return (residentMemory(pid) - empty) / count;
  });
}

const belfrySide = (Carrier, scale) => () =>
  withRig('polling', async (rig) => {
    const server = await rig.startGateway();
    const insert = rig.open(rig.database).prepare("INSERT INTO broadcasts (topic, event, data) VALUES ('*', 'told', ?)");
    const tell = (event) => insert.run(JSON.stringify({ event, pad: 'x'.repeat(200) }));
    return {
      bytes: await weigh(rig, server, Carrier, Math.round(2000 * scale), () => {}),
      told: await told(rig, server, Carrier, tell, Math.ceil(EVENTS * scale)),
      ...(Carrier === Pollers ? { trip: await trip(rig, server, Math.ceil(TRIPS * scale)) } : {}),
    };
  });

const nodeSide = (scale) => () =>
  withRig('polling-node', async (rig) => {
    const server = await rig.startNode('socketio.mjs');
    const tell = (event) => {
      const body = JSON.stringify({ event: 'told', data: { event, pad: 'x'.repeat(200) } });
      return fetch(`${server.url}/tell`, { method: 'POST', body });
    };
    const tidy = async () => {
      server.program.signal('SIGUSR2');
      await server.program.line(/collected/);
    };
    return {
      bytes: await weigh(rig, server, Pollers, Math.round(2000 * scale), tidy),
      told: await told(rig, server, Pollers, tell, Math.ceil(EVENTS * scale)),
      trip: await trip(rig, server, Math.ceil(TRIPS * scale)),
    };
  });

export async function polling(context) {
  const { scale } = context;
  return [
    await compare(context, {
      title: 'Without a WebSocket',
      note: 'The clients are in Node, on a core of their own: the figures are those of the server alone.',
      columns: [
        { key: 'told', label: `server CPU of an event to one of ${HEARING}, one under way`, unit: 'µs' },
        { key: 'trip', label: 'of a POST, its answer and the next GET', unit: 'µs' },
        { key: 'bytes', label: `memory of each of ${Math.round(2000 * scale).toLocaleString('en-GB')} idle sessions`, unit: 'KiB' },
      ],
      sides: {
        polling: { label: 'Belfry, long polling', measure: belfrySide(Pollers, scale) },
        events: { label: 'Belfry, event stream', measure: belfrySide(Streams, scale) },
        node: { label: 'Socket.IO 4.8, long polling', measure: nodeSide(scale) },
      },
    }),
  ];
}
