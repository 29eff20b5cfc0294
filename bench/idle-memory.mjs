// Resident memory per idle, authenticated connection, one per user. Kernel memory
// (socket buffers) is not included; it is the same for both servers.

import { setTimeout as pause } from 'node:timers/promises';
import { atEnd } from '../tests/e2e/lib/end.mjs';
import { Crowd } from './lib/crowd.mjs';
import { byTurns, kibibytes, rounded, times } from './lib/numbers.mjs';
import { residentMemory } from './lib/process.mjs';
import { withRig } from './lib/rig.mjs';

const SETTLE_MS = 3000;

/** Bytes for each of `count` connections; `tidy` runs before memory is read. */
async function weigh(rig, { url, pid }, count, tidy = () => {}) {
  const crowd = new Crowd();
  atEnd(rig.scope, () => crowd.leave());
  await tidy();
  const empty = residentMemory(pid);
  await crowd.join(url, count, (number) => rig.token(`user-${number}`));
  await pause(SETTLE_MS);
  await tidy();
  const full = residentMemory(pid);
  crowd.demandAll();
  return { each: (full - empty) / count, empty, full };
}

export async function idleMemory({ runs, scale }) {
  const count = Math.round(10_000 * scale);
  const { belfry, node } = await byTurns(runs, {
    belfry: () => withRig('idle-memory', async (rig) => weigh(rig, await rig.startGateway(), count)),
    node: () =>
      withRig('idle-memory-node', async (rig) => {
        const server = await rig.startNode('socketio.mjs');
        return weigh(rig, server, count, async () => {
          server.program.signal('SIGUSR2');
          await server.program.line(/collected/);
        });
      }),
  });
  const mebibytes = (octets) => `${rounded(octets / 2 ** 20)} MiB`;
  return [
    {
      what: `memory of each of ${count.toLocaleString('en-GB')} idle connections`,
      belfry: kibibytes(belfry.each),
      beside: `Socket.IO: ${kibibytes(node.each)}`,
      ratio: times(node.each / belfry.each),
    },
    {
      what: 'memory of the process, without and with them',
      belfry: `${mebibytes(belfry.empty)}, ${mebibytes(belfry.full)}`,
      beside: `Socket.IO: ${mebibytes(node.empty)}, ${mebibytes(node.full)}`,
      ratio: times(node.full / belfry.full),
    },
  ];
}
