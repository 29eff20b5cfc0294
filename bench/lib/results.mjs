// bench/results: of each bench the raw figures (JSON) and the plots (SVG), and README.md, which shows them all. A bench that
// is measured alone replaces its own part; each part says on which machine and when it was made. The project's README.md
// quotes some of it.

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asMarkdown, asShortTable, draw } from './report.mjs';

const folder = new URL('../results', import.meta.url).pathname;
const readme = new URL('../../README.md', import.meta.url).pathname;
/** What README.md quotes between its two comments: of which bench, which of its results, which columns. */
const QUOTED = [
  ['latency', 0, ['p50', 'p99', 'cpu']],
  ['rows', 0, ['rate', 'cpu']],
  ['fanout', 0, ['many', 'rate', 'one']],
  ['echo', 0, ['cpu', 'rate']],
  ['idle-memory', 0, ['cpu', 'bytes']],
  ['auth', 0, ['rows', 'rowsCpu', 'encrypted', 'encryptedCpu']],
  ['postgres-latency', 0, ['p50', 'p99', 'cpu', 'database']],
];
const BLOCK = /(<!-- written by bench\/run --write -->\n)[^]*?(<!-- end of what bench\/run writes -->)/;

const dayOf = (date) => date.slice(0, 10);
/** The first line of machine.mjs' description: processor, cores, memory, file system. */
const hardwareOf = (machine) => machine.split('\n')[0].replace(/^- /, '');
const commitOf = (machine) => machine.match(/^- Belfry ([^\s,]+)/m)[1];
const each = (made, of) => [...new Set(made.map(of))];
const fileOf = (name, index) => `${name}-${index + 1}`;

function part({ name, date, machine, runs, scale, loadBefore, disturbed, results }) {
  const small = scale === 1 ? '' : ` Counts and times were scaled by ${scale}.`;
  // What is watched in the course of time is measured once, whatever --runs says.
  const isOnce = runs === 1 || results.every(({ kind }) => kind === 'series');
  const rounds = isOnce ? 'once' : `${runs} times by turns: medians (and ranges)`;
  return [
    `## ${name}`, '',
    `Measured ${rounds}; ${dayOf(date)}, Belfry ${commitOf(machine)}, load before ${loadBefore.toFixed(1)}; ${disturbed}.${small}`, '',
    ...results.flatMap((result, index) => asMarkdown(result, fileOf(name, index))),
  ];
}

/** Rewrites the folder's README.md from all the JSON files. */
function writeFolder(made) {
  const machines = each(made, ({ machine }) => machine);
  const head = ['# Figures', '', 'Written by `bench/run --write`; [../README.md](../README.md) says how to read them.', ''];
  writeFileSync(join(folder, 'README.md'), [...head, ...machines.flatMap((machine) => [machine, '']), ...made.flatMap(part)].join('\n').trimEnd() + '\n');
}

/** Rewrites what the project's README.md quotes. Tables that were measured elsewhere or on another day say so. */
function writeQuotes(made) {
  let before;
  const tables = QUOTED.flatMap(([name, index, keys]) => {
    const bench = made.find((each) => each.name === name);
    if (!bench) return [];
    const said = `Medians; ${hardwareOf(bench.machine)}, ${dayOf(bench.date)}.`;
    const head = said === before ? [] : [said, ''];
    before = said;
    return [...head, ...asShortTable(bench.results[index], keys), ''];
  });
  writeFileSync(readme, readFileSync(readme, 'utf8').replace(BLOCK, (all, start, end) => [start.trimEnd(), ...tables, end].join('\n')));
}

export function writeResults(made) {
  const subtitle = `${hardwareOf(made.machine)}, ${dayOf(made.date)}`;
  const plots = made.results.flatMap((result, index) => Object.entries(draw(result, fileOf(made.name, index), subtitle)));
  mkdirSync(folder, { recursive: true });
  const old = readdirSync(folder).filter((file) => file.startsWith(`${made.name}-`) && /^-\d+-\w+\.svg$/.test(file.slice(made.name.length)));
  for (const file of old) rmSync(join(folder, file));
  for (const [file, svg] of plots) writeFileSync(join(folder, file), svg);
  writeFileSync(join(folder, `${made.name}.json`), `${JSON.stringify(made, undefined, 1)}\n`);
  const all = readdirSync(folder).filter((file) => file.endsWith('.json')).sort().map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
  writeFolder(all);
  writeQuotes(all);
}
