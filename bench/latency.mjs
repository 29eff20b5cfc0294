// The time from the return of COMMIT to the client's `notification` event. The writer
// and the real socket.io-client are one process, so both use the same clock; the
// client's own time is included, for every server alike.

import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { atEnd } from '../tests/e2e/lib/end.mjs';
import { build, runProgram } from '../tests/e2e/lib/program.mjs';
import { within } from '../tests/e2e/lib/wait.mjs';
import { byTurns, milliseconds, percentile, times } from './lib/numbers.mjs';
import { withRig } from './lib/rig.mjs';

const INTERVAL_MS = 10;
const USERS = 10;
const WARM_UP = 100;
const POLL_MS = 100;

const userOf = (number) => `user-${number % USERS}`;

const summary = (took) => ({ p50: percentile(took, 0.5), p99: percentile(took, 0.99), worst: Math.max(...took) });

/** Connects a socket.io-client for each user; calls arrived(title, at) for each notification. */
async function connectAll(rig, url, arrived) {
  const sockets = Array.from({ length: USERS }, (_, number) => {
    const socket = io(url, { transports: ['websocket'], forceNew: true, auth: { token: rig.token(userOf(number)) } });
    socket.on('notification', ({ title }) => arrived(title, performance.now()));
    atEnd(rig.scope, () => socket.disconnect());
    return socket;
  });
  const connected = sockets.map((socket) => new Promise((resolve) => socket.once('connected', resolve)));
  await within(Promise.all(connected), () => 'all clients to be connected');
}

/** Inserts 100 rows a second; `tell`, which may be async, does what else the server needs to send one. */
async function ring(rig, url, { count, synchronous, tell = () => {} }) {
  const committed = new Map();
  const taken = [];
  let rung;
  const all = new Promise((resolve) => (rung = resolve));
  await connectAll(rig, url, (title, at) => {
    taken.push({ title: Number(title), took: at - committed.get(title) });
    if (taken.length === count) rung();
  });
  const insert = rig
    .open(rig.database, { synchronous })
    .prepare('INSERT INTO notifications (user_id, title, body) VALUES (?, ?, ?)');
  const start = performance.now();
  const tellings = [];
  for (let number = 0; number < count; number++) {
    await pause(Math.max(0, start + number * INTERVAL_MS - performance.now()));
    const row = { user: userOf(number), title: String(number), body: 'See you at eight' };
    insert.run(row.user, row.title, row.body);
    committed.set(row.title, performance.now());
    tellings.push(tell(row));
  }
  await within(all, () => `${count} notifications; there came ${taken.length}`);
  await Promise.all(tellings);
  return summary(taken.filter(({ title }) => title >= WARM_UP).map(({ took }) => took));
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
    const result = await runProgram(path, [rig.database, `${url}/ws`, rig.token(user), user, String(count)]);
    if (result.code !== 0) throw new Error(result.stderr);
    return summary(result.stdout.trim().split('\n').slice(WARM_UP).map((microseconds) => microseconds / 1000));
  });

const figures = ({ p50, p99, worst }) =>
  `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}, worst ${milliseconds(worst)}`;

export async function latency({ runs, scale }) {
  const count = Math.round(1000 * scale) + WARM_UP;
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
