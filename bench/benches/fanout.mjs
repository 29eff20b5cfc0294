// An event to everybody who subscribed to a topic: the server's processor time for each delivery, and how many there
// are a second while a number of events is under way.

import { compare } from '../lib/compare.mjs';
import { latencies, perDelivery } from '../lib/load.mjs';
import { each, everybody, withSide } from '../sides.mjs';

const measure = (connections, seconds) => (name) => () =>
  withSide(name, async ({ run }) => {
    const many = await run('fanout', { connections, outstanding: 16, seconds, warm: 0.3 });
    const one = await run('fanout', { connections, outstanding: 1, seconds, warm: 0.2 });
    const { p50, p99 } = latencies(one);
    return { many: perDelivery(many), one: perDelivery(one), rate: many.per_second, p50, p99 };
  });

export async function fanout(context) {
  const members = Math.round(1000 * context.scale);
  return [
    await compare(context, {
      title: `An event to ${members.toLocaleString('en-GB')} subscribers`,
      note: 'Belfry’s events are rows of `broadcasts`, each of them committed; the peers are told by a connection.',
      columns: [
        { key: 'many', label: 'server CPU a delivery, 16 events under way', unit: 'µs' },
        { key: 'rate', label: 'deliveries a second', unit: 'count' },
        { key: 'one', label: 'CPU a delivery, one event under way', unit: 'µs' },
        { key: 'p50', label: 'p50', unit: 'ms' },
        { key: 'p99', label: 'p99', unit: 'ms' },
      ],
      sides: each(everybody, measure(members, 0.8 * context.scale)),
    }),
  ];
}
