// The load generator, bench/load: runs it on its own core and reads the server's processor time at each of
// the phases that it tells.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { atEnd } from '../../tests/e2e/lib/end.mjs';
import { build } from '../../tests/e2e/lib/program.mjs';
import { processorSeconds } from './process.mjs';

const PHASE = /^phase (\w+)/;

const asArguments = (options) =>
  Object.entries(options).flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]));

/**
 * Runs `load MODE` against a server { url, pid } that a side started. Returns what it printed, and `cpu`: seconds of the
 * server in each phase. `onPhase(phase)` is awaited before the phase begins. Throws if any delivery was lost, doubled,
 * out of order or somebody else's.
 */
export async function load(rig, { dialect, server, mode, onPhase = () => {}, ...options }) {
  const args = asArguments({ dialect, url: server.url, step: true, ...options });
  const belfry = dialect.startsWith('belfry') ? asArguments({ 'token-file': rig.secretFile, database: rig.published }) : [];
  const program = join(build, 'bench/load/load');
  rig.scope.demandOpen();
  const child = spawn('taskset', ['-c', rig.generatorOn, program, mode, ...args, ...belfry], { stdio: ['pipe', 'pipe', 'pipe'] });
  atEnd(rig.scope, () => child.kill());
  const ended = new Promise((resolve, reject) => child.once('error', reject).once('close', (code, signal) => resolve(code ?? signal)));
  const marks = [];
  const said = [];
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (printed += text));
  child.stdin.on('error', () => {});
  const read = async () => {
    for await (const line of createInterface({ input: child.stderr })) {
      const phase = line.match(PHASE)?.[1];
      if (phase) {
        const end = processorSeconds(server.pid);
        await onPhase(phase);
        marks.push({ phase, end, start: processorSeconds(server.pid) });
        child.stdin.write('\n');
      } else said.push(line);
    }
  };
  // What fails between two phases, such as a server that is gone, must not leave the generator waiting for the next.
  const reading = read().catch((error) => {
    child.kill();
    return error;
  });
  const [status, failure] = await Promise.all([ended, reading]);
  if (failure) throw failure;
  if (status !== 0) throw new Error(`load ${mode} ${args.join(' ')} ended with ${status}:\n${said.slice(-20).join('\n')}\n${printed}`);
  const cpu = Object.fromEntries(marks.slice(1).map(({ end }, index) => [marks[index].phase, end - marks[index].start]));
  return { ...JSON.parse(printed), cpu };
}

/** What was used from the first of what is measured until all of it was confirmed. */
const used = ({ cpu }) => cpu.measure + cpu.drain;

/** Seconds of the server's processor time for each delivery, and for each event and its reply. */
export const perDelivery = (result) => used(result) / result.delivered;
export const perReply = (result) => used(result) / result.replies;

/** Of none there are no figures, which is something else than 0. */
const inSeconds = (took) =>
  took?.count > 0 ? { p50: took.p50 / 1e6, p99: took.p99 / 1e6, p999: took.p999 / 1e6, max: took.max / 1e6 } : {};

/** How long deliveries or replies took: { p50, p99, p999, max } in seconds. In an open loop, from when each was due. */
export const latencies = ({ latency }) => inSeconds(latency);

/** The same of what came before the measured part. */
export const latenciesBefore = ({ latency_before: latency }) => inSeconds(latency);

/** The same of rows, from when COMMIT returned. */
export const sinceCommit = ({ latency_from_commit: latency }) => inSeconds(latency);

/** What a row costs its publisher: { publisher, commit } in seconds of its processor, and of the median commit. */
export const costOfPublishing = ({ publisher_cpu_us: used, commit }) => ({ publisher: used / 1e6, commit: commit.p50 / 1e6 });

/** How long commits took, and the share of its time that the one publisher was in them: { longest, busy }. */
export const commitsOf = ({ commit, elapsed }) => ({ longest: commit.max / 1e6, busy: (commit.mean * commit.count) / 1e6 / elapsed });
