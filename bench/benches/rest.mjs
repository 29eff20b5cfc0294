// What a small site pays: the server's processor time while thousands of connections are idle, and at 100 rows a
// second, as a share of a core.

import { setTimeout as pause } from 'node:timers/promises';
import { compare } from '../lib/compare.mjs';
import { perDelivery } from '../lib/load.mjs';
import { processorSeconds } from '../lib/process.mjs';
import { belfry, each, withSide } from '../sides.mjs';

const SETTLE_MS = 1000;

const idle = (connections, seconds) => (name) => () =>
  withSide(name, async ({ run, server }) => {
    let used;
    const onPhase = async (phase) => {
      if (phase !== 'idle') return;
      await pause(SETTLE_MS);
      const before = processorSeconds(server.pid);
      await pause(seconds * 1000);
      used = processorSeconds(server.pid) - before;
    };
    await run('idle', { connections, onPhase });
    return { share: used / seconds };
  });

const slow = (seconds) => (name) => () =>
  withSide(name, async ({ run }) => {
    const result = await run('rows', { connections: 100, rate: 100, outstanding: 0, seconds, warm: 0.5 });
    return { share: (perDelivery(result) * result.delivered) / result.elapsed, row: perDelivery(result) };
  });

export async function rest(context) {
  const connections = Math.round(18_000 * context.scale);
  const seconds = 30 * context.scale;
  return [
    await compare({ ...context, runs: 1 }, {
      title: `${connections.toLocaleString('en-GB')} idle connections`,
      note: `Once, for ${seconds} seconds. Belfry asks each for a sign of life every 30 seconds, Socket.IO every 25.`,
      columns: [{ key: 'share', label: 'of a core', unit: '%' }],
      sides: each(['belfry-socketio', 'socketio'], idle(connections, seconds)),
    }),
    await compare(context, {
      title: '100 rows a second',
      columns: [
        { key: 'share', label: 'of a core', unit: '%' },
        { key: 'row', label: 'server CPU a row', unit: 'µs' },
      ],
      sides: each(belfry, slow(3 * context.scale)),
    }),
  ];
}
