// The time from the return of COMMIT to the client's `notification` event, of Belfry
// and of what stands beside it.

import { Agent, request } from 'node:http';
import { atEnd } from '../../tests/e2e/lib/end.mjs';
import { compare } from '../lib/compare.mjs';
import { perDelivery, sinceCommit } from '../lib/load.mjs';
import { processorSeconds } from '../lib/process.mjs';
import { Ring, userOf } from '../lib/ring.mjs';
import { withRig } from '../lib/rig.mjs';
import { withSide } from '../sides.mjs';

const WARM_UP = 50;
const RATE = 100;
const POLL_MS = 100;

/** The first rows are not counted. `ringing` is what a Ring takes. */
export async function ring(rig, { url, pid }, { count, tell, ...ringing }) {
  const all = new Ring(rig, ringing);
  await all.connect(url);
  await all.run(WARM_UP, tell);
  const used = () => [pid, rig.postgres?.child.pid].map((each) => (each ? processorSeconds(each) : NaN));
  const before = used();
  const took = await all.run(count, tell);
  const [cpu, database] = used().map((seconds, index) => (seconds - before[index]) / count);
  return { ...took, cpu, database };
}

const belfry = (count, synchronous) => () =>
  withRig('latency', async (rig) => {
    const gateway = await rig.startGateway();
    return ring(rig, gateway, { count, synchronous });
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
    return ring(rig, node, { count, tell });
  });

const polled = (count) => () =>
  withRig('latency-poll', async (rig) => {
    const node = await rig.startNode('socketio.mjs', ['--poll', rig.database, String(POLL_MS)]);
    return ring(rig, node, { count });
  });

/** The same over bare WebSockets, by the load generator: without a client library's time. */
const bare = (count) => () =>
  withSide('belfry-plain', async ({ run }) => {
    const result = await run('rows', { connections: 10, rate: RATE, outstanding: 0, seconds: count / RATE, warm: WARM_UP / RATE });
    const { p50, p99, max } = sinceCommit(result);
    return { p50, p99, worst: max, cpu: perDelivery(result) };
  });

export async function latency(context) {
  const count = Math.round(300 * context.scale);
  return [
    await compare(context, {
      title: 'COMMIT to the `notification` event of `socket.io-client`, 100 rows a second',
      columns: [
        { key: 'p50', label: 'p50', unit: 'ms' },
        { key: 'p99', label: 'p99', unit: 'ms' },
        { key: 'worst', label: 'worst', unit: 'ms' },
        { key: 'cpu', label: 'server CPU a row', unit: 'µs' },
      ],
      sides: {
        belfry: { label: 'Belfry', measure: belfry(count, 'normal') },
        full: { label: 'Belfry, writers with `synchronous = full`', measure: belfry(count, 'full') },
        wire: { label: 'Belfry, to bare WebSockets', measure: bare(count) },
        post: { label: 'Socket.IO, told by POST', measure: posted(count) },
        poll: { label: `Socket.IO that polls the table each ${POLL_MS} ms`, measure: polled(count) },
      },
    }),
  ];
}
