// Messages to a conversation: stored, acknowledged to the sender, and delivered to every member, as conversations grow.

import { curve } from '../lib/compare.mjs';
import { latencies, perDelivery } from '../lib/load.mjs';
import { belfry, each, withSide } from '../sides.mjs';

const MEMBERS = [10, 100, 1000, 10_000];

const measure = (seconds) => (name) => (connections) =>
  withSide(name, async ({ run }) => {
    const many = await run('chat', { connections, outstanding: 16, seconds, warm: 0.3 });
    const one = await run('chat', { connections, outstanding: 1, seconds });
    return {
      many: perDelivery(many), one: perDelivery(one), rate: many.per_second,
      connect: many.cpu.connect / connections, p50: latencies(one).p50, p99: latencies(one).p99,
    };
  });

export async function chat(context) {
  return [
    await curve(context, {
      title: 'Messages to a conversation',
      note: 'Each is committed, acknowledged to its sender, and delivered to all members, who are connected.',
      x: { label: 'members', log: true },
      xs: MEMBERS.map((members) => Math.max(5, Math.round(members * context.scale))),
      columns: [
        { key: 'many', label: 'server CPU a delivery, 16 messages under way', unit: 'µs' },
        { key: 'one', label: 'server CPU a delivery, one under way', unit: 'µs' },
        { key: 'rate', label: 'deliveries a second, 16 under way', unit: 'count', plot: false },
        { key: 'p50', label: 'p50 of a delivery, one under way', unit: 'ms', plot: false },
        { key: 'p99', label: 'p99 of a delivery, one under way', unit: 'ms' },
        { key: 'connect', label: 'server CPU to connect a member', unit: 'µs' },
      ],
      sides: each(belfry, measure(0.5 * context.scale)),
    }),
  ];
}
