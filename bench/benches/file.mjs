// What is in the file: rows of other users, up to ten million; rows that wait for a user who comes back. And those who
// write it, side by side.

import { curve } from '../lib/compare.mjs';
import { costOfPublishing, latencies, latenciesBefore, load, perDelivery, sinceCommit } from '../lib/load.mjs';
import { withRig } from '../lib/rig.mjs';
import { rounds, spread } from '../lib/rounds.mjs';
import { belfry, each, sides, withSide } from '../sides.mjs';

const ROWS = [0, 100_000, 1_000_000, 10_000_000];
const PENDING = [100, 1000, 10_000, 100_000];
const USERS = 500;

const FILL = `WITH RECURSIVE numbers(number) AS (SELECT ? + 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?)
  INSERT INTO notifications (user_id, title, body, data, status, delivered_at)
  SELECT printf('past-%06d', number / 100), 'Row ' || number, 'See you at eight', '{"url": "/inbox/7"}', 'delivered',
         strftime('%Y-%m-%dT%H:%M:%fZ', 'now') FROM numbers`;

/** Adds rows in one transaction, without what is only needed for rows of strangers: half a minute for ten million. */
function fill(rig, from, to) {
  if (from === to) return;
  const database = rig.open(rig.database, { synchronous: 'off' });
  database.pragma('ignore_check_constraints = on');
  database.pragma('cache_size = -500000');
  database.prepare(FILL).run(from, to);
  database.pragma('wal_checkpoint(truncate)');
  database.close();
}

/** Ids are never given out twice, so the last one says nothing about how many rows there are. */
function lastRow(rig) {
  const database = rig.open(rig.database);
  const { last } = database.prepare('SELECT coalesce(max(id), 0) AS last FROM notifications').get();
  database.close();
  return last;
}

/** Removes what was measured, so that the next finds the file as large. */
function empty(rig, after) {
  const database = rig.open(rig.database);
  database.prepare('DELETE FROM notifications WHERE id > ?').run(after);
  database.close();
}

async function measureFile(rig, name, seconds) {
  const { dialect, start } = sides[name];
  const last = lastRow(rig);
  const server = await start(rig);
  const result = await load(rig, { dialect, server, mode: 'rows', connections: USERS, outstanding: 64, seconds, warm: 0.5 });
  await server.program.stop();
  empty(rig, last);
  return { connect: result.cpu.connect / USERS, rate: result.per_second, cpu: perDelivery(result) };
}

/** The file only grows, so the sizes come one after the other rather than by turns. */
export async function fileSize({ quiet, runs, scale }) {
  const measured = await withRig('file-size', async (rig) => {
    const sizes = [];
    let filled = 0;
    for (const x of ROWS.map((rows) => Math.round(rows * scale))) {
      fill(rig, filled, x);
      filled = x;
      const measures = belfry.map((name) => [name, () => measureFile(rig, name, 1.2 * scale)]);
      sizes.push({ x, samples: await rounds(quiet, runs, Object.fromEntries(measures)) });
    }
    return sizes;
  });
  return [
    {
      kind: 'curve',
      title: 'Rows in the file',
      note: 'Delivered rows of other users; then rows are committed one by one, as fast as they are delivered and marked. One size after the other, since the file only grows.',
      x: { label: 'rows in the file', log: true },
      columns: [
        { key: 'connect', label: 'server CPU to connect one', unit: 'µs' },
        { key: 'rate', label: 'rows a second', unit: 'count' },
        { key: 'cpu', label: 'server CPU a row', unit: 'µs' },
      ],
      lines: belfry.map((name) => ({
        name,
        label: sides[name].label,
        points: measured.map(({ x, samples }) => ({ x, figures: spread(samples[name]) })),
      })),
    },
  ];
}

const comeBack = (name) => (waiting) =>
  withSide(name, async ({ run }) => {
    // About as long as it takes, so that it is what the others' figures are of.
    const seconds = Math.max(0.5, waiting / 30_000);
    const result = await run('comeback', { connections: 50, pending: waiting, rate: 200, outstanding: 0, seconds, warm: 1, patience: 30 });
    return { all: result.comeback, cpu: perDelivery(result), before: latenciesBefore(result).p99, ...latencies(result) };
  });

export async function pending(context) {
  return [
    await curve(context, {
      title: 'A user comes back',
      note: 'Meanwhile 50 others are sent 200 rows a second. Where it is soon over there are few of those or none, and so no figures.',
      x: { label: 'rows that wait for the user', log: true },
      xs: PENDING.map((count) => Math.max(10, Math.round(count * context.scale))),
      columns: [
        { key: 'all', label: 'until the user has all', unit: 's' },
        { key: 'before', label: 'p99 of the others before', unit: 'ms', plot: false },
        { key: 'p50', label: 'p50 of the others', unit: 'ms', plot: false },
        { key: 'p99', label: 'p99 of the others', unit: 'ms' },
        { key: 'cpu', label: 'server CPU a row', unit: 'µs' },
      ],
      sides: each(belfry, comeBack),
    }),
  ];
}

const sideBySide = (users, seconds) => (name) => (publishers) =>
  withSide(name, async ({ run }) => {
    const result = await run('rows', { connections: users, publishers, outstanding: 64, seconds, warm: 0.3 });
    return { rate: result.per_second, cpu: perDelivery(result), ...sinceCommit(result), ...costOfPublishing(result) };
  });

export async function publishers(context) {
  return [
    await curve(context, {
      title: 'Publishers side by side, a commit for each row',
      x: { label: 'publishers' },
      xs: [1, 2, 4, 8, 16],
      columns: [
        { key: 'rate', label: 'rows a second', unit: 'count' },
        { key: 'cpu', label: 'server CPU a row', unit: 'µs' },
        { key: 'p99', label: 'p99 from COMMIT', unit: 'ms' },
        { key: 'publisher', label: 'publisher’s CPU a row', unit: 'µs' },
      ],
      sides: each(belfry, sideBySide(USERS, context.scale)),
    }),
  ];
}
