// How everything grows with the number of connections: to connect one, an event and its reply, memory.

import { curve } from '../lib/compare.mjs';
import { latencies, perReply } from '../lib/load.mjs';
import { residentMemory } from '../lib/process.mjs';
import { each, withSide } from '../sides.mjs';

// With those that ask, 19,400 at most.
const CONNECTIONS = [1000, 10_000, 19_300];
const ASKING = 100;

const measure = (seconds) => (name) => (connections) =>
  withSide(name, async ({ run, server }) => {
    let asked;
    let memory;
    const onPhase = async (phase) => {
      if (phase !== 'idle') return;
      memory = residentMemory(server.pid);
      asked = await run('echo', { connections: ASKING, outstanding: 1, first: connections, seconds });
    };
    const { cpu } = await run('idle', { connections, onPhase });
    const { p50, p99 } = latencies(asked);
    return { connect: cpu.connect / connections, echo: perReply(asked), p50, p99, memory };
  });

export async function connections(context) {
  return [
    await curve(context, {
      title: `Many connections, ${ASKING} of which ask and wait for the reply`,
      x: { label: 'connections' },
      xs: CONNECTIONS.map((count) => Math.round(count * context.scale)),
      columns: [
        { key: 'connect', label: 'server CPU to connect one', unit: 'µs' },
        { key: 'echo', label: 'server CPU of an event and its reply', unit: 'µs' },
        { key: 'p50', label: 'p50 of a reply', unit: 'ms', plot: false },
        { key: 'p99', label: 'p99 of a reply', unit: 'ms' },
        { key: 'memory', label: 'memory of the process', unit: 'MiB' },
      ],
      sides: each(['belfry-plain', 'uwebsockets'], measure(1.2 * context.scale)),
    }),
  ];
}
