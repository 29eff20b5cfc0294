// What a large inbox that changes all the time costs others: the time from COMMIT to
// their `notification` events, before and while a writer updates 1,000 rows a second
// of a user with 100,000, who has a page open.

import { compare } from '../lib/compare.mjs';
import { cores } from '../lib/process.mjs';
import { Ring } from '../lib/ring.mjs';
import { withRig } from '../lib/rig.mjs';

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
  const script = new URL('../lib/busy-inbox.mjs', import.meta.url).pathname;
  const { program } = await rig.start(process.execPath, [script, url, rig.token(OWNER), rig.database, OWNER], /^open/, { on: cores.others });
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
      beforeP50: before.p50, beforeP99: before.p99, duringP50: during.p50, duringP99: during.p99, written, updates,
    };
  });

export async function inboxCost(context) {
  const rows = Math.round(100_000 * context.scale);
  return [
    await compare(context, {
      title: `A page with ${rows.toLocaleString('en-GB')} rows open, 1,000 of which change a second: what others notice`,
      columns: [
        { key: 'beforeP50', label: 'COMMIT to event, p50 before', unit: 'ms' },
        { key: 'beforeP99', label: 'p99 before', unit: 'ms' },
        { key: 'duringP50', label: 'p50 during', unit: 'ms' },
        { key: 'duringP99', label: 'p99 during', unit: 'ms' },
        { key: 'written', label: 'rows changed', unit: 'count' },
        { key: 'updates', label: 'updates the page received', unit: 'count' },
      ],
      sides: { belfry: { label: 'Belfry', measure: side(rows, Math.round(300 * context.scale)) } },
    }),
  ];
}
