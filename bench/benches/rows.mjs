// Rows for one user each: from COMMIT until the user's connection has it, which Belfry has then been told and has
// marked in the file. As fast as it goes (closed loops), and at given rates (open loops).

import { compare, curve } from '../lib/compare.mjs';
import { costOfPublishing, latencies, perDelivery, sinceCommit } from '../lib/load.mjs';
import { belfry, each, withSide } from '../sides.mjs';

const USERS = 2000;
// On an event stream rows are not confirmed: they would not go on coming.
const CONFIRMING = [...belfry, 'belfry-polling'];
const RATES = [100, 1000, 2000, 5000, 10_000];

const fastest = (users, batch, seconds) => (name) => () =>
  withSide(name, async ({ run }) => {
    const closed = await run('rows', { connections: users, batch, outstanding: Math.max(64, 4 * batch), seconds, warm: 0.5 });
    return { rate: closed.per_second, cpu: perDelivery(closed), publisher: costOfPublishing(closed).publisher };
  });

const atRate = (users, seconds) => (name) => async (rate) =>
  withSide(name, async ({ run }) => {
    const open = await run('rows', { connections: users, rate, outstanding: 0, seconds, warm: 0.5 });
    return { ...sinceCommit(open), due: latencies(open).p99, cpu: perDelivery(open), ...costOfPublishing(open) };
  });

const columns = [
  { key: 'rate', label: 'rows a second', unit: 'count' },
  { key: 'cpu', label: 'server CPU a row', unit: 'µs' },
  { key: 'publisher', label: 'publisher’s CPU a row', unit: 'µs' },
];

export async function rows(context) {
  const users = Math.max(10, Math.round(USERS * context.scale));
  const seconds = 1.5 * context.scale;
  const sides = Object.fromEntries(
    CONFIRMING.flatMap((name) =>
      [1, 100].map((batch) => {
        const side = each([name], fastest(users, batch, seconds))[name];
        return [`${name} ${batch}`, { ...side, label: `${side.label}, ${batch === 1 ? 'a commit for each' : `${batch} in a commit`}` }];
      }),
    ),
  );
  return [
    await compare(context, {
      title: `Rows to ${users.toLocaleString('en-GB')} users, as fast as it goes: committed, delivered, confirmed and marked`,
      columns,
      sides,
    }),
    await curve(context, {
      title: 'COMMIT to client, a commit for each row',
      x: { label: 'rows a second', log: true },
      xs: RATES,
      columns: [
        { key: 'p50', label: 'p50', unit: 'ms' },
        { key: 'p99', label: 'p99', unit: 'ms' },
        { key: 'p999', label: 'p99.9', unit: 'ms', plot: false },
        { key: 'due', label: 'p99 from when it was due, the publisher’s wait included', unit: 'ms', plot: false },
        { key: 'cpu', label: 'server CPU a row', unit: 'µs' },
        { key: 'publisher', label: 'publisher’s CPU a row', unit: 'µs' },
        { key: 'commit', label: 'p50 of a commit', unit: 'µs', plot: false },
      ],
      sides: each(['belfry-plain'], atRate(users, seconds)),
    }),
  ];
}
