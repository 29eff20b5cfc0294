// The two shapes that most benches have: sides beside each other, and how a figure grows with something.
//
// A column is { key, label, unit }; `measure` returns an object of figures by key. A side that cannot be measured
// (a peer that has no such thing) is not in the table.

import { rounds, spread } from './rounds.mjs';

/** A row for each side: `sides` is { name: { label, measure() } }. */
export async function compare({ quiet, runs }, { title, note, columns, sides }) {
  const measures = Object.fromEntries(Object.entries(sides).map(([name, { measure }]) => [name, measure]));
  const samples = await rounds(quiet, runs, measures);
  const rows = Object.entries(sides).map(([name, { label, lacks }]) => ({ name, label, lacks, figures: spread(samples[name]) }));
  return { kind: 'table', title, note, columns, rows };
}

/** A line for each side, with a point for each of `xs`: `sides` is { name: { label, measure(x) } }. */
export async function curve({ quiet, runs }, { title, note, x, xs, columns, sides }) {
  const names = Object.keys(sides);
  const points = names.flatMap((name) => xs.map((at) => [`${name} ${at}`, () => sides[name].measure(at)]));
  const samples = await rounds(quiet, runs, Object.fromEntries(points));
  const lines = names.map((name) => ({
    name,
    label: sides[name].label,
    points: xs.map((at) => ({ x: at, figures: spread(samples[`${name} ${at}`]) })),
  }));
  return { kind: 'curve', title, note, x, columns, lines };
}
