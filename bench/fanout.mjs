// The time from the return of COMMIT until the last client has its notification: one
// for each of thousands of users, in one transaction. All clients are one process on
// the same machine, so the time it takes to read that much is included, for both
// servers alike.

import { setTimeout as pause } from 'node:timers/promises';
import { atEnd } from '../tests/e2e/lib/end.mjs';
import { within } from '../tests/e2e/lib/wait.mjs';
import { Crowd } from './lib/crowd.mjs';
import { byTurns, median, microseconds, milliseconds, percentile, times } from './lib/numbers.mjs';
import { processorSeconds } from './lib/process.mjs';
import { withRig } from './lib/rig.mjs';

const ROUNDS = 5;
const SETTLE_MS = 500;
const NOTIFICATION = Buffer.from('42["notification",');

const userOf = (number) => `user-${number}`;

/** Milliseconds from the time that `cause` returns until half, and all, of the crowd have it. */
async function spread(crowd, count, cause) {
  const arrivals = [];
  const all = new Promise((resolve) => {
    crowd.onEvent = (packet) => {
      if (packet.indexOf(NOTIFICATION) === 0 && arrivals.push(performance.now()) === count) resolve();
    };
  });
  const committed = cause();
  await within(all, () => `a notification for all; ${arrivals.length} of ${count} have it`);
  return { half: percentile(arrivals, 0.5) - committed, last: Math.max(...arrivals) - committed };
}

/** A row for each user in one transaction; `tell` does what else the server needs to send them. */
async function burst(rig, { url, pid }, count, tell = () => {}) {
  const crowd = new Crowd();
  atEnd(rig.scope, () => crowd.leave());
  await crowd.join(url, count, (number) => rig.token(userOf(number)));
  const database = rig.open(rig.database);
  const insert = database.prepare('INSERT INTO notifications (user_id, title) VALUES (?, ?)');
  const insertAll = database.transaction(() => {
    for (let number = 0; number < count; number++) insert.run(userOf(number), 'Hello');
  });
  const rounds = [];
  const used = processorSeconds(pid);
  for (let round = 0; round < ROUNDS; round++) {
    await pause(SETTLE_MS);
    rounds.push(
      await spread(crowd, count, () => {
        insertAll();
        const committed = performance.now();
        tell();
        return committed;
      }),
    );
  }
  // Work that follows the last notification, such as marking rows, is part of the cost.
  await pause(SETTLE_MS);
  crowd.demandAll();
  return {
    half: median(rounds.map(({ half }) => half)),
    last: median(rounds.map(({ last }) => last)),
    processor: ((processorSeconds(pid) - used) * 1000) / (ROUNDS * count),
  };
}

const belfrySide = (count) => () =>
  withRig('fanout', async (rig) => burst(rig, await rig.startGateway(), count));

const nodeSide = (count) => () =>
  withRig('fanout-node', async (rig) => {
    const node = await rig.startNode('socketio.mjs');
    const everybody = Array.from({ length: count }, (_, number) => ({ user: userOf(number), title: 'Hello' }));
    return burst(rig, node, count, () =>
      fetch(`${node.url}/notify-many`, { method: 'POST', body: JSON.stringify(everybody) }),
    );
  });

const figures = ({ half, last }) => `half ${milliseconds(half)}, last ${milliseconds(last)}`;

export async function fanout({ runs, scale }) {
  const count = Math.round(5000 * scale);
  const { belfry, node } = await byTurns(runs, { belfry: belfrySide(count), node: nodeSide(count) });
  return [
    {
      what: `COMMIT of a row for each of ${count.toLocaleString('en-GB')} connected users, to their notifications`,
      belfry: figures(belfry),
      beside: `Socket.IO, told by POST: ${figures(node)}`,
      ratio: times(node.last / belfry.last),
    },
    {
      what: 'the same: processor time of the server for each notification',
      belfry: microseconds(belfry.processor),
      beside: `Socket.IO: ${microseconds(node.processor)}`,
      ratio: times(node.processor / belfry.processor),
    },
  ];
}
