// Many tabs of a few users act at random: they connect, on any carrier, switch it,
// disconnect, stop reading, talk and type, and read and archive what they have, while
// other processes insert, change and delete rows in every way and add and remove
// members, and the gateway is killed or restarted. A model knows what each tab should
// have received and should show; that is checked now and then, and at the end.
//
// MODEL_SEED repeats a run (as far as the clock lets it), MODEL_STEPS makes it
// longer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atEnd, openSite } from './harness.mjs';
import { Broadcasts } from './lib/model/broadcasts.mjs';
import { Conversations } from './lib/model/conversations.mjs';
import { dice } from './lib/model/dice.mjs';
import { Inbox } from './lib/model/inbox.mjs';
import { Marks } from './lib/model/marks.mjs';
import { Members } from './lib/model/members.mjs';
import { Notifications } from './lib/model/notifications.mjs';
import { Presence } from './lib/model/presence.mjs';
import { Rows } from './lib/model/rows.mjs';
import { Connection, Shell } from './lib/model/shell.mjs';
import { Typing } from './lib/model/typing.mjs';
import { USERS, World } from './lib/model/world.mjs';
import { Writers } from './lib/model/writers.mjs';

const seed = Number(process.env.MODEL_SEED ?? Date.now() % 1_000_000);
const steps = Number(process.env.MODEL_STEPS ?? 3000);
const CHECK_STEPS = 1000;
const RESTART_STEPS = 700;
const KILL_STEPS = 300; // of one of several gateways

async function openWorld(t) {
  const site = await openSite(t, {
    settings: { gateway: { ping_timeout: '60s', ping_interval: '90s', presence_grace: '300ms', rate: 1000, burst: 1000 } },
  });
  const token = (sub) => site.token({ sub, name: sub.toUpperCase(), ...(sub === 'carol' && { role: 'admin' }) });
  const tokens = Object.fromEntries(await Promise.all(USERS.map(async (sub) => [sub, await token(sub)])));
  const world = new World({ site, shell: site.postgres ? new Connection(site.client) : new Shell(t, site.database), random: dice(seed), tokens });
  atEnd(t, () => world.connections.forEach((connection) => connection.cut()));
  world.populate([Members, Rows, Notifications, Writers, Inbox, Marks, Conversations, Broadcasts, Presence, Typing]);
  await world.area(Members).begin();
  return world;
}

/** A few of many, of all kinds. */
const sample = (list) => list.filter((_, index) => index % Math.ceil(list.length / 12) === 0);

async function check(t, world, isLast) {
  const { missing, wrong } = await world.check({ isLast });
  t.diagnostic(`${world.steps} steps, ${world.summary()}`);
  const faults = [...sample(missing).map((each) => `missing: ${each}`), ...sample(wrong).map((each) => `wrong: ${each}`)];
  const counts = `${missing.length} to be seen or heard, and not; ${wrong.length} wrong`;
  assert.equal(faults.join('\n'), '', `seed ${seed}, step ${world.steps}: ${counts}`);
}

test(`everybody hears what they ought to, seed ${seed}`, async (t) => {
  const world = await openWorld(t);
  const { site } = world;
  for (let step = 1; step <= steps; step++) {
    await world.step();
    if (step % CHECK_STEPS === 0 && step < steps) await check(t, world, false);
    if (step % KILL_STEPS === 0 && site.seats.length > 1) await world.killOne();
    if (step % RESTART_STEPS === 0) await world.restart(step % (2 * RESTART_STEPS) ? site.gateway.kill : site.gateway.stop);
  }
  await check(t, world, true);
});
