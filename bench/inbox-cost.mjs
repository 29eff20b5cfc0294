// What a large inbox that changes all the time costs others: the time from COMMIT to
// their `notification` events, before and while a writer updates 1,000 rows a second
// of a user with 100,000, who has a page open.

import { byTurns, milliseconds, rounded, times } from './lib/numbers.mjs';
import { Ring } from './lib/ring.mjs';
import { withRig } from './lib/rig.mjs';

const WARM_UP = 100;
const OWNER = 'owner';

function fill(rig, count) {
  const database = rig.open(rig.database);
  const insert = database.prepare(`INSERT INTO notifications (user_id, title, body, status, delivered_at)
    VALUES (?, ?, 'See you at eight', 'delivered', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`);
  database.transaction(() => {
    for (let number = 0; number < count; number++) insert.run(OWNER, `Row ${number}`);
  })();
}

async function startBusyInbox(rig, url) {
  const script = new URL('./lib/busy-inbox.mjs', import.meta.url).pathname;
  const { program } = await rig.start(process.execPath, [script, url, rig.token(OWNER), rig.database, OWNER], /^open/);
  return program;
}

const side = (inboxRows, count) => () =>
  withRig('inbox-cost', async (rig) => {
    fill(rig, inboxRows);
    const { url } = await rig.startGateway();
    const busy = await startBusyInbox(rig, url);
    const ring = new Ring(rig);
    await ring.connect(url);
    await ring.run(WARM_UP);
    const before = await ring.run(count);
    busy.signal('SIGUSR2');
    await ring.run(WARM_UP);
    const during = await ring.run(count);
    await busy.stop();
    if (busy.has(/disconnected/)) throw new Error(busy.output);
    const { written, updates } = JSON.parse(busy.output.match(/^\{.*\}$/m)[0]);
    return {
      beforeP50: before.p50, beforeP99: before.p99, duringP50: during.p50, duringP99: during.p99,
      ratioP50: during.p50 / before.p50, ratioP99: during.p99 / before.p99, written, updates,
    };
  });

export async function inboxCost({ runs, scale }) {
  const inboxRows = Math.round(100_000 * scale);
  const { belfry } = await byTurns(runs, { belfry: side(inboxRows, Math.round(1000 * scale)) });
  const page = `a page with ${rounded(inboxRows)} rows open`;
  return [
    {
      what: `COMMIT to \`notification\` event of others, with ${page} and 1,000 of them changing a second`,
      belfry: `p50 ${milliseconds(belfry.duringP50)}, p99 ${milliseconds(belfry.duringP99)}`,
      beside: `before: p50 ${milliseconds(belfry.beforeP50)}, p99 ${milliseconds(belfry.beforeP99)}`,
      ratio: `p50 ${times(belfry.ratioP50)}, p99 ${times(belfry.ratioP99)}`,
    },
    {
      what: 'meanwhile: rows changed, and updates that the page received',
      belfry: `${rounded(belfry.updates)} updates`,
      beside: `${rounded(belfry.written)} changes`,
      ratio: '',
    },
  ];
}
