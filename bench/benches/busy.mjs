// How long a client waits for a reply while the server tells everybody of something: twice a second, 15,000 connections.
// Two generators share a core, so this includes what the one takes from the other, alike for all sides.

import { compare } from '../lib/compare.mjs';
import { latencies } from '../lib/load.mjs';
import { each, withSide } from '../sides.mjs';

const EVENTS = 2;

const measure = (connections, seconds) => (name) => () =>
  withSide(name, async ({ run }) => {
    let asking;
    const onPhase = (phase) => {
      if (phase !== 'measure') return;
      asking = run('echo', { connections: 10, outstanding: 1, seconds, first: connections });
      asking.catch(() => {}); // if it fails before it is awaited, below
    };
    const told = await run('fanout', { connections, rate: EVENTS, outstanding: 0, seconds: seconds + 1, onPhase });
    const { p50, p99, max } = latencies(await asking);
    return { p50, p99, worst: max, all: latencies(told).p99 };
  });

export async function busy(context) {
  const connections = Math.round(15_000 * context.scale);
  return [
    await compare(context, {
      title: `A reply, while ${connections.toLocaleString('en-GB')} connections are told of ${EVENTS} events a second`,
      columns: [
        { key: 'p50', label: 'p50 of a reply', unit: 'ms' },
        { key: 'p99', label: 'p99', unit: 'ms' },
        { key: 'worst', label: 'worst', unit: 'ms' },
        { key: 'all', label: 'p99 of an event’s delivery', unit: 'ms' },
      ],
      sides: each(['belfry-plain', 'ws', 'uwebsockets'], measure(connections, 1.5 * context.scale)),
    }),
  ];
}
