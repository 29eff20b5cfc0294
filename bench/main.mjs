// node main.mjs [--runs N] [--scale X] [--write] [--repeats N] [NAME…]: measures, and prints Markdown.
// node main.mjs --list …: checks the command line, and prints what there is.

import { loadavg, tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { describeMachine } from './lib/machine.mjs';
import { cores, pin } from './lib/process.mjs';
import { asMarkdown } from './lib/report.mjs';
import { writeResults } from './lib/results.mjs';
import { Quiet } from './lib/rounds.mjs';
import { endScopes } from './lib/scope.mjs';

/** Each with its module in benches/, the function in it, and what it measures. */
const benches = {
  fanout: ['fanout', 'fanout', 'an event to 1,000 subscribers, beside all peers'],
  echo: ['echo', 'echo', 'an event and its reply, beside those peers that reply'],
  'idle-memory': ['idle-memory', 'idleMemory', '10,000 connections: to connect one, and its memory, beside all peers'],
  rows: ['rows', 'rows', 'rows a second, and latency at given rates'],
  latency: ['latency', 'latency', 'COMMIT to the event of the real socket.io-client, 100 rows a second'],
  polling: ['polling', 'polling', 'long polling and event streams'],
  chat: ['chat', 'chat', 'messages to conversations of 10 to 10,000 members'],
  subscribers: ['subscribers', 'subscribers', 'an event to 10 to 10,000 subscribers'],
  topics: ['subscribers', 'topics', '1 to 1,000 topics a connection'],
  connections: ['connections', 'connections', '1,000 to 19,300 connections'],
  'file-size': ['file', 'fileSize', 'none to ten million rows in the file'],
  pending: ['file', 'pending', 'a user who comes back to 100 to 100,000 rows'],
  publishers: ['file', 'publishers', '1 to 16 publishers side by side'],
  busy: ['busy', 'busy', 'a reply while 15,000 connections are told of something'],
  sustained: ['sustained', 'sustained', 'a minute at 80 % of the best rate'],
  overload: ['sustained', 'overload', 'publishers faster than the gateway'],
  rest: ['rest', 'rest', 'processor time at rest and at 100 rows a second'],
  'inbox-cost': ['inbox-cost', 'inboxCost', 'a page with 100,000 rows that change all the time'],
  'postgres-latency': ['postgres', 'postgresLatency', 'COMMIT to event with the queue in PostgreSQL'],
  'postgres-rates': ['postgres', 'postgresRates', 'likewise at 100 to 2,000 commits a second'],
  'postgres-gateways': ['postgres', 'postgresGateways', 'rows a second with 1, 2 and 4 gateways'],
  'postgres-notify': ['postgres', 'postgresNotify', 'what NOTIFY costs publishers'],
  'postgres-size': ['postgres', 'postgresSize', 'none to ten million rows in PostgreSQL'],
  auth: ['auth', 'auth', 'tokens behind nginx'],
  publish: ['publish', 'publish', 'notifications over HTTP behind nginx'],
};

const { values, positionals } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    repeats: { type: 'string', default: '2' },
    write: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

function refuse(why) {
  console.error(`bench/run: ${why}`);
  process.exit(2);
}

const [runs, scale, repeats] = [Number(values.runs), Number(values.scale), Number(values.repeats)];
const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) refuse(`there is no ${unknown.join(', ')}; --list names what there is`);
if (!(Number.isInteger(runs) && runs > 0)) refuse('--runs is a whole number from 1');
if (!(scale > 0 && scale <= 1)) refuse('--scale is above 0, and 1 at most');
if (!(Number.isInteger(repeats) && repeats >= 0)) refuse('--repeats is a whole number from 0');
if (values.list) {
  for (const [name, [, , what]] of Object.entries(benches)) console.log(`${name.padEnd(17)} ${what}`);
  process.exit();
}

/** Ends what is running, and then this process, once: for a signal, and for what nobody has caught. */
let leaving;
function leave(status) {
  leaving ??= endScopes().then(() => process.exit(status));
  return leaving;
}
for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) process.on(signal, () => leave(128 + number));
process.on('uncaughtException', (error) => {
  process.stderr.write(`bench/run: ${error.stack}\n`);
  leave(1);
});

const names = positionals.length > 0 ? positionals : Object.keys(benches);
const machine = describeMachine(tmpdir());
// The first core is left to what is measured.
pin(process.pid, cores.others);
console.log(`${machine}\n`);
// What repeating disturbed measurements may take in all.
const patience = { seconds: 120 * scale };
let failed = 0;
for (const name of names) {
  const quiet = new Quiet(repeats, patience);
  const [start, loadBefore] = [performance.now(), loadavg()[0]];
  process.stderr.write(`Measuring ${name} … `);
  try {
    const [file, bench] = benches[name];
    const results = await (await import(`./benches/${file}.mjs`))[bench]({ runs, scale, quiet });
    const seconds = Math.round((performance.now() - start) / 1000);
    process.stderr.write(`${seconds} s; ${quiet}\n`);
    const made = { name, date: new Date().toISOString(), machine, runs, scale, seconds, loadBefore, disturbed: String(quiet), results };
    console.log(results.flatMap((result, index) => asMarkdown(result, `${name}-${index + 1}`)).join('\n'));
    if (values.write) writeResults(made);
  } catch (error) {
    await leaving;
    // The others are measured all the same; the status says that one failed.
    process.stderr.write(`failed: ${error.stack}\n`);
    failed++;
  }
}
process.exitCode = failed > 0 ? 1 : 0;
