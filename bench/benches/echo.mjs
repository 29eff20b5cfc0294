// An event of a client and the server's reply to it: the server's processor time for both, how many there are a second
// while many clients ask, and how long a single one waits.

import { compare } from '../lib/compare.mjs';
import { latencies, perReply } from '../lib/load.mjs';
import { each, everybody, withSide } from '../sides.mjs';

const CONNECTIONS = 100;
// Brokers have no reply of their own; without a WebSocket, polling.mjs measures it.
const speakers = everybody.filter((name) => !['nchan', 'nats', 'mosquitto', 'belfry-polling', 'belfry-events'].includes(name));

const measure = (seconds) => (name) => () =>
  withSide(name, async ({ run }) => {
    const many = await run('echo', { connections: CONNECTIONS, outstanding: 1, seconds, warm: 0.3 });
    const one = await run('echo', { connections: 1, outstanding: 1, seconds, warm: 0.2 });
    return { cpu: perReply(many), rate: many.per_second, one: perReply(one), ...latencies(one) };
  });

export async function echo(context) {
  return [
    await compare(context, {
      title: `An event and its reply, ${CONNECTIONS} connections`,
      columns: [
        { key: 'cpu', label: 'server CPU for both', unit: 'µs' },
        { key: 'rate', label: 'a second', unit: 'count' },
        { key: 'one', label: 'server CPU, one connection', unit: 'µs' },
        { key: 'p50', label: 'p50', unit: 'ms' },
        { key: 'p99', label: 'p99', unit: 'ms' },
      ],
      sides: each(speakers, measure(0.7 * context.scale)),
    }),
  ];
}
