// node main.mjs [--runs N] [--scale X] [NAME…]: measures, and prints Markdown.

import { loadavg, tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { auth } from './auth.mjs';
import { fanout } from './fanout.mjs';
import { idleMemory } from './idle-memory.mjs';
import { inboxCost } from './inbox-cost.mjs';
import { latency } from './latency.mjs';
import { describeMachine } from './lib/machine.mjs';
import { polling } from './polling.mjs';
import { publish } from './publish.mjs';

const benches = { latency, 'idle-memory': idleMemory, polling, fanout, 'inbox-cost': inboxCost, auth, publish };

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, scale: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const options = { runs: Number(values.runs), scale: Number(values.scale) };
const names = positionals.length > 0 ? positionals : Object.keys(benches);

const machine = describeMachine(tmpdir());
const load = () => loadavg()[0].toFixed(1);
const loads = [load()];
const rows = [];
for (const name of names) {
  const start = performance.now();
  process.stderr.write(`Measuring ${name} … `);
  rows.push(...(await benches[name](options)));
  loads.push(load());
  process.stderr.write(`${Math.round((performance.now() - start) / 1000)} s\n`);
}

const line = (cells) => `| ${cells.join(' | ')} |`;
console.log(machine);
console.log(`- Load before the first and after each (${names.join(', ')}): ${loads.join(', ')}`);
console.log(`- Each side ${options.runs} times, by turns: medians, and the worst of all\n`);
console.log(line(['what', 'Belfry', 'beside it', 'ratio']));
console.log(line(['---', '---', '---', '---']));
for (const { what, belfry, beside, ratio } of rows) console.log(line([what, belfry, beside, ratio]));
