// Notifications a second that are accepted over HTTP in batches of 100, behind nginx,
// with 8 connections and `synchronous = full`. The program that accepts them has one
// core to itself; nginx and wrk have the others.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { build, runProgram } from '../../tests/e2e/lib/program.mjs';
import { join } from 'node:path';
import { compare } from '../lib/compare.mjs';
import { cores, processorSeconds } from '../lib/process.mjs';
import { withRig } from '../lib/rig.mjs';

const BATCH = 100;
const CONNECTIONS = 8;
const run = promisify(execFile);

async function load(rig, url, pid, key, seconds) {
  const script = new URL('../peers/publish.lua', import.meta.url).pathname;
  const wrk = async (duration) => {
    const options = ['-t1', `-c${CONNECTIONS}`, `-d${duration}s`, '-s', script, url, '--', key];
    const { stdout } = await run('taskset', ['-c', cores.others, 'wrk', ...options]);
    return JSON.parse(stdout.match(/^\{.*\}$/m)[0]);
  };
  await wrk(1);
  const rows = rig.open(rig.database).prepare('SELECT count(*) AS rows FROM notifications');
  const [before, rowsBefore] = [processorSeconds(pid), rows.get().rows];
  const { requests, microseconds, refused, broken } = await wrk(seconds);
  const [after, written] = [processorSeconds(pid), rows.get().rows - rowsBefore];
  if (refused + broken > 0) throw new Error(`of ${requests} requests at ${url} ${refused} were refused, ${broken} broken off`);
  assert.ok(written >= requests * BATCH, `${written} rows for ${requests} requests`);
  return { rate: (requests * BATCH) / (microseconds / 1e6), cpu: (after - before) / written };
}

const PATH = '/api/belfry/notifications';

const belfrySide = (seconds) => () =>
  withRig('publish', async (rig) => {
    rig.configure({ publish: { rate: 1_000_000 } });
    const { stdout, stderr } = await runProgram(join(build, 'belfry'), ['--config', rig.config, 'key', 'create', 'bench']);
    assert.match(stdout, /\S/, stderr);
    const { pid } = await rig.startPublish();
    const { url } = await rig.startNginx('');
    return load(rig, url + PATH, pid, stdout.trim(), seconds);
  });

const nodeSide = (seconds) => () =>
  withRig('publish-node', async (rig) => {
    const node = await rig.startNode('publish.mjs', [rig.database, 'a-key-of-the-bench']);
    // For this path, it comes before the location of deploy/nginx.conf.
    const pass = `client_max_body_size 2m; proxy_pass ${node.url}; proxy_http_version 1.1; proxy_set_header Connection "";`;
    const { url } = await rig.startNginx(`location = ${PATH} { ${pass} }`);
    return load(rig, url + PATH, node.pid, 'a-key-of-the-bench', seconds);
  });

export async function publish(context) {
  const seconds = Math.max(1, Math.round(3 * context.scale));
  return [
    await compare(context, {
      title: 'Notifications accepted over HTTP, 100 in a request, behind nginx, 8 connections',
      columns: [
        { key: 'rate', label: 'a second', unit: 'count' },
        { key: 'cpu', label: 'CPU of the program for each', unit: 'µs' },
      ],
      sides: {
        belfry: { label: 'belfry-publish', measure: belfrySide(seconds) },
        node: { label: 'Express with better-sqlite3', measure: nodeSide(seconds) },
      },
    }),
  ];
}
