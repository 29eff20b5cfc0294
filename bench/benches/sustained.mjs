// A minute at 80 % of the best rate, and publishers that are faster than the gateway: what happens to the file, its
// write-ahead log and the gateway's memory meanwhile, and that nothing is lost.

import { statSync } from 'node:fs';
import { commitsOf, latencies, perDelivery, sinceCommit } from '../lib/load.mjs';
import { rounded } from '../lib/numbers.mjs';
import { residentMemory } from '../lib/process.mjs';
import { spread } from '../lib/rounds.mjs';
import { belfry, sides, withSide } from '../sides.mjs';

const USERS = 1000;
const SHARE = 0.8;
const NOTE =
  'One publisher, a commit for each row. The best rate is that of a closed loop with 64 rows under way, just before. ' +
  'A row that is due while the publisher is still in a commit waits for it, and those behind it queue up: the time from when ' +
  'a row was due is that of the queue before the one publisher, too. Its connection has SQLite’s defaults: ' +
  'a commit that finds more than 1,000 pages in the write-ahead log makes a checkpoint, if nobody else does, and waits for the disk.';

const sizeOf = (file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Samples once every `period` seconds, until stop() is called or a sample fails; all() are the samples, with a last one. */
function watch(period, sample) {
  const start = performance.now();
  const samples = [];
  const take = () => samples.push({ at: (performance.now() - start) / 1000, ...sample() });
  let failure;
  const timer = setInterval(() => {
    try {
      take();
    } catch (error) {
      failure = error;
      clearInterval(timer);
    }
  }, period * 1000);
  return {
    stop: () => clearInterval(timer),
    all() {
      if (failure) throw failure;
      take();
      return samples;
    },
  };
}

const most = (samples, key) => Math.max(...samples.map((sample) => sample[key]));

/** A plot of some of what was sampled, with a line for each side and each of these. */
const series = (measured, key, label, unit, of) => ({
  key, label, unit,
  lines: measured.flatMap(({ name, samples }) =>
    of.map(([what, title]) => ({
      label: [sides[name].label, title].filter(Boolean).join(': '),
      points: samples.map((sample) => [sample.at, sample[what]]),
    })),
  ),
});

const bytes = (measured) =>
  series(measured, 'bytes', 'write-ahead log and memory', 'MiB', [['wal', 'write-ahead log'], ['memory', 'resident memory']]);
const waiting = (measured) => series(measured, 'waiting', 'rows that wait in the file', 'count', [['waiting', '']]);

/** A row for each side: each is measured once. */
const rows = (measured) => measured.map(({ name, figures }) => ({ name, label: sides[name].label, figures: spread([figures]) }));

/** Calls measure(side) with each framing of Belfry: [{ name, figures, samples }]. */
async function inTurn(measure) {
  const measured = [];
  for (const name of belfry) measured.push({ name, ...(await withSide(name, measure)) });
  return measured;
}

/** Runs load while the file, its log and the server's memory are sampled. */
async function watched({ run, rig, server }, period, mode, options) {
  // As the index of pending rows has it: counting must not read the table.
  const waiting = rig.open(rig.database).prepare("SELECT count(*) AS rows FROM notifications WHERE status = 'pending' AND archived_at IS NULL");
  let watching;
  const onPhase = (phase) => {
    if (phase !== 'measure') return;
    watching = watch(period, () => ({ wal: sizeOf(`${rig.database}-wal`), memory: residentMemory(server.pid), waiting: waiting.get().rows }));
  };
  try {
    const result = await run(mode, { ...options, onPhase });
    return { result, samples: watching.all() };
  } finally {
    watching?.stop();
  }
}

export async function sustained({ scale, quiet }) {
  const seconds = 60 * scale;
  const measured = await inTurn(async (side) => {
    const best = await side.run('rows', { connections: USERS, outstanding: 64, seconds: 3 * Math.max(0.3, scale), warm: 0.5 });
    const rate = Math.round(SHARE * best.per_second);
    const { result, samples } = await quiet.measure(() => watched(side, 1, 'rows', { connections: USERS, rate, outstanding: 0, seconds, patience: 30 }));
    const figures = {
      rate, ...sinceCommit(result), due: latencies(result).p99, ...commitsOf(result), cpu: perDelivery(result),
      wal: most(samples, 'wal'),
      first: samples[Math.min(5, samples.length - 1)].memory, last: samples.at(-1).memory,
    };
    return { figures, samples };
  });
  return [
    {
      kind: 'series',
      title: `${rounded(seconds)} seconds at ${SHARE * 100} % of the best rate`,
      note: NOTE,
      columns: [
        { key: 'rate', label: 'rows a second', unit: 'count' },
        { key: 'p50', label: 'p50 from COMMIT', unit: 'ms' },
        { key: 'p99', label: 'p99', unit: 'ms' },
        { key: 'p999', label: 'p99.9', unit: 'ms' },
        { key: 'max', label: 'worst', unit: 'ms' },
        { key: 'due', label: 'p99 from when it was due', unit: 'ms' },
        { key: 'busy', label: 'of its time the publisher is in commits', unit: '%' },
        { key: 'longest', label: 'its longest commit', unit: 'ms' },
        { key: 'cpu', label: 'server CPU a row', unit: 'µs' },
        { key: 'wal', label: 'largest write-ahead log', unit: 'MiB' },
        { key: 'first', label: 'memory after 5 s', unit: 'MiB' },
        { key: 'last', label: 'at the end', unit: 'MiB' },
      ],
      rows: rows(measured),
      series: [bytes(measured), waiting(measured)],
    },
  ];
}

export async function overload({ scale, quiet }) {
  const seconds = 5 * scale;
  const options = { connections: USERS, batch: 1000, publishers: 2, outstanding: 0, rate: 0, seconds, patience: 60 };
  const measured = await inTurn(async (side) => {
    const { result, samples } = await quiet.measure(() => watched(side, 0.25, 'rows', options));
    const figures = {
      inserted: result.published / seconds, delivered: result.delivered,
      drain: result.elapsed - seconds,
      waiting: most(samples, 'waiting'), memory: most(samples, 'memory'), wal: most(samples, 'wal'),
    };
    return { figures, samples };
  });
  return [
    {
      kind: 'series',
      title: `Two publishers that wait for nothing, for ${rounded(seconds)} seconds`,
      note: 'Rows wait in the file, not in memory; every one of them was delivered, once and in order.',
      columns: [
        { key: 'inserted', label: 'rows a second committed', unit: 'count' },
        { key: 'delivered', label: 'rows delivered in the end', unit: 'count' },
        { key: 'drain', label: 'until the last one was', unit: 's' },
        { key: 'waiting', label: 'most that waited in the file', unit: 'count' },
        { key: 'memory', label: 'most memory of the gateway', unit: 'MiB' },
        { key: 'wal', label: 'largest write-ahead log', unit: 'MiB' },
      ],
      rows: rows(measured),
      series: [waiting(measured), bytes(measured)],
    },
  ];
}
