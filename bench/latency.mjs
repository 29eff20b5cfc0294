// The time from the return of COMMIT to the client's `notification` event, of Belfry
// and of what stands beside it.

import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { atEnd } from '../tests/e2e/lib/end.mjs';
import { build, runProgram } from '../tests/e2e/lib/program.mjs';
import { byTurns, milliseconds, summary, times } from './lib/numbers.mjs';
import { Ring, userOf } from './lib/ring.mjs';
import { withRig } from './lib/rig.mjs';

const WARM_UP = 100;
const POLL_MS = 100;

/** The first rows are not counted. */
async function ring(rig, url, { count, synchronous, tell }) {
  const all = new Ring(rig, { synchronous });
  await all.connect(url);
  await all.run(WARM_UP, tell);
  return all.run(count, tell);
}

const belfry = (count, synchronous) => () =>
  withRig('latency', async (rig) => {
    const gateway = await rig.startGateway();
    return ring(rig, gateway.url, { count, synchronous });
  });

const posted = (count) => () =>
  withRig('latency-post', async (rig) => {
    const node = await rig.startNode('socketio.mjs');
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    atEnd(rig.scope, () => agent.destroy());
    const tell = (row) =>
      new Promise((resolve, reject) => {
        const posting = request(`${node.url}/notify`, { method: 'POST', agent }, (answer) => {
          answer.resume().on('end', resolve);
        });
        posting.on('error', reject).end(JSON.stringify(row));
      });
    return ring(rig, node.url, { count, tell });
  });

const polled = (count) => () =>
  withRig('latency-poll', async (rig) => {
    const node = await rig.startNode('socketio.mjs', ['--poll', rig.database, String(POLL_MS)]);
    return ring(rig, node.url, { count });
  });

/** The same over a bare WebSocket, by a client in C, one row at a time: without a client library's time. */
const probed = (count) => () =>
  withRig('latency-probe', async (rig) => {
    const { url } = await rig.startGateway();
    const user = userOf(0);
    const path = join(build, 'bench/probe');
    const result = await runProgram(path, [rig.database, `${url}/ws`, rig.token(user), user, String(count + WARM_UP)]);
    if (result.code !== 0) throw new Error(result.stderr);
    return summary(result.stdout.trim().split('\n').slice(WARM_UP).map((microseconds) => microseconds / 1000));
  });

const figures = ({ p50, p99, worst }) =>
  `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}, worst ${milliseconds(worst)}`;

export async function latency({ runs, scale }) {
  const count = Math.round(1000 * scale);
  const { normal, wire, full, post, poll } = await byTurns(runs, {
    normal: belfry(count, 'normal'),
    wire: probed(count),
    full: belfry(count, 'full'),
    post: posted(count),
    poll: polled(count),
  });
  const row = (beside, node) => ({
    what: 'COMMIT to `notification` event, 100 rows a second',
    belfry: figures(normal),
    beside: `${beside}: ${figures(node)}`,
    ratio: times(node.p50 / normal.p50),
  });
  return [
    row('Socket.IO, told by POST', post),
    row(`Socket.IO, polling each ${POLL_MS} ms`, poll),
    { what: 'the same, to a bare WebSocket in C', belfry: figures(wire), beside: '', ratio: '' },
    { what: 'the same, writers with `synchronous = full`', belfry: figures(full), beside: '', ratio: '' },
  ];
}
