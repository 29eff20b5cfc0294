// Notifications a second that are accepted over HTTP in batches of 100, behind nginx,
// with 8 connections and `synchronous = full`. The program that accepts them has one
// core to itself; nginx and wrk have the others.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { build, runProgram } from '../../tests/e2e/lib/program.mjs';
import { compare } from '../lib/compare.mjs';
import { processorSeconds } from '../lib/process.mjs';
import { withRig } from '../lib/rig.mjs';
import { wrk } from '../lib/wrk.mjs';

const BATCH = 100;
const CONNECTIONS = 8;

async function load(rig, url, pid, key, seconds) {
  const publishing = { script: 'publish.lua', argument: key, connections: CONNECTIONS };
  await wrk(rig, url, { ...publishing, seconds: 1 });
  const rows = rig.open(rig.database).prepare('SELECT count(*) AS rows FROM notifications');
  const [before, rowsBefore] = [processorSeconds(pid), rows.get().rows];
  const { requests, seconds: took } = await wrk(rig, url, { ...publishing, seconds });
  const [after, written] = [processorSeconds(pid), rows.get().rows - rowsBefore];
  assert.ok(written >= requests * BATCH, `${written} rows for ${requests} requests`);
  return { rate: (requests * BATCH) / took, cpu: (after - before) / written };
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
