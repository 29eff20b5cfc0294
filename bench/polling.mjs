// HTTP long polling: resident memory of each idle session with its held GET, and the
// server's processor time for one round trip: an event by POST, its acknowledgement in
// the answer to the GET, and the next GET.

import { setTimeout as pause } from 'node:timers/promises';
import { atEnd } from '../tests/e2e/lib/end.mjs';
import { byTurns, kibibytes, microseconds, times } from './lib/numbers.mjs';
import { Pollers } from './lib/pollers.mjs';
import { processorSeconds, residentMemory } from './lib/process.mjs';
import { withRig } from './lib/rig.mjs';

const SETTLE_MS = 3000;
const ASKING = 200;
// Below the burst of events that a client may send at once.
const ROUNDS = 50;

async function weigh(rig, { url, pid }, count, tidy) {
  const pollers = new Pollers();
  atEnd(rig.scope, () => pollers.leave());
  await tidy();
  const empty = residentMemory(pid);
  await pollers.join(url, count, (number) => rig.token(`user-${number}`));
  await pause(SETTLE_MS);
  await tidy();
  const full = residentMemory(pid);
  pollers.demandAll();
  pollers.leave();
  return (full - empty) / count;
}

/** Milliseconds of processor time for a round trip. */
async function spend(rig, { url, pid }, rounds) {
  const pollers = new Pollers();
  atEnd(rig.scope, () => pollers.leave());
  await pollers.join(url, ASKING, (number) => rig.token(`asking-${number}`));
  const before = processorSeconds(pid);
  await pollers.ask(rounds);
  const after = processorSeconds(pid);
  pollers.demandAll();
  return (1000 * (after - before)) / (ASKING * rounds);
}

async function measure(rig, server, scale, tidy = () => {}) {
  const trip = await spend(rig, server, Math.max(1, Math.round(ROUNDS * scale)));
  return { trip, each: await weigh(rig, server, Math.round(5000 * scale), tidy) };
}

export async function polling({ runs, scale }) {
  const { belfry, node } = await byTurns(runs, {
    belfry: () => withRig('polling', async (rig) => measure(rig, await rig.startGateway(), scale)),
    node: () =>
      withRig('polling-node', async (rig) => {
        const server = await rig.startNode('socketio.mjs');
        return measure(rig, server, scale, async () => {
          server.program.signal('SIGUSR2');
          await server.program.line(/collected/);
        });
      }),
  });
  return [
    {
      what: `memory of each of ${Math.round(5000 * scale).toLocaleString('en-GB')} idle polling sessions`,
      belfry: kibibytes(belfry.each),
      beside: `Socket.IO: ${kibibytes(node.each)}`,
      ratio: times(node.each / belfry.each),
    },
    {
      what: 'processor time of the server for a POST, its answer and the next GET',
      belfry: microseconds(belfry.trip),
      beside: `Socket.IO: ${microseconds(node.trip)}`,
      ratio: times(node.trip / belfry.trip),
    },
  ];
}
