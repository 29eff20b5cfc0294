// Connections: the server's processor time to take one in, with token and subscription where there is such a thing, and
// its resident memory for each while they are idle. The kernel's memory for a socket is the same for all, and not in it.

import { compare } from '../lib/compare.mjs';
import { residentMemory } from '../lib/process.mjs';
import { each, everybody, withSide } from '../sides.mjs';

const measure = (connections) => (name) => () =>
  withSide(name, async ({ run, server, collect }) => {
    await collect();
    const empty = residentMemory(server.pid);
    let full;
    const onPhase = async (phase) => {
      if (phase !== 'idle') return;
      await collect();
      full = residentMemory(server.pid);
    };
    const { cpu } = await run('idle', { connections, onPhase });
    return { cpu: cpu.connect / connections, bytes: (full - empty) / connections, empty, full };
  });

export async function idleMemory(context) {
  const connections = Math.round(10_000 * context.scale);
  return [
    await compare(context, {
      title: `${connections.toLocaleString('en-GB')} connections, each of another user`,
      columns: [
        { key: 'cpu', label: 'server CPU to connect one', unit: 'µs' },
        { key: 'bytes', label: 'memory of an idle one', unit: 'bytes' },
        { key: 'empty', label: 'the process without', unit: 'MiB' },
        { key: 'full', label: 'the process with all', unit: 'MiB' },
      ],
      sides: each(everybody, measure(connections)),
    }),
  ];
}
