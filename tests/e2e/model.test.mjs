// Many tabs of a few users act at random: they connect, on any carrier, switch it,
// disconnect, stop reading, talk, type and mark as read, while other processes insert,
// requeue and cancel rows and add and remove members, and the gateway is killed or
// restarted. A model knows what each tab should have received; that is checked now and
// then, and at the end.
//
// MODEL_SEED repeats a run (as far as the clock lets it), MODEL_STEPS makes it
// longer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atEnd, openSite } from './harness.mjs';
import { Broadcasts } from './lib/model/broadcasts.mjs';
import { Conversations } from './lib/model/conversations.mjs';
import { dice } from './lib/model/dice.mjs';
import { Members } from './lib/model/members.mjs';
import { Notifications } from './lib/model/notifications.mjs';
import { Presence } from './lib/model/presence.mjs';
import { Shell } from './lib/model/shell.mjs';
import { Typing } from './lib/model/typing.mjs';
import { USERS, World } from './lib/model/world.mjs';

const seed = Number(process.env.MODEL_SEED ?? Date.now() % 1_000_000);
const steps = Number(process.env.MODEL_STEPS ?? 3000);
const CHECK_STEPS = 1000;
const RESTART_STEPS = 700;

async function openWorld(t) {
  const site = await openSite(t, {
    settings: { gateway: { ping_timeout: '60s', ping_interval: '90s', presence_grace: '300ms', rate: 1000, burst: 1000 } },
  });
  const token = (sub) => site.token({ sub, name: sub.toUpperCase(), ...(sub === 'carol' && { role: 'admin' }) });
  const tokens = Object.fromEntries(await Promise.all(USERS.map(async (sub) => [sub, await token(sub)])));
  const world = new World({ site, shell: new Shell(t, site.database), random: dice(seed), tokens });
  atEnd(t, () => world.connections.forEach((connection) => connection.cut()));
  world.populate([Members, Notifications, Conversations, Broadcasts, Presence, Typing]);
  await world.area(Members).begin();
  return world;
}

async function check(t, world, isLast) {
  const { missing, wrong } = await world.check({ isLast });
  t.diagnostic(`${world.steps} steps, ${world.summary()}`);
  assert.deepEqual(missing.slice(0, 10), [], `seed ${seed}, step ${world.steps}: to be heard, and not (${missing.length})`);
  assert.deepEqual(wrong.slice(0, 10), [], `seed ${seed}, step ${world.steps}: wrong (${wrong.length})`);
}

test(`everybody hears what they ought to, seed ${seed}`, async (t) => {
  const world = await openWorld(t);
  for (let step = 1; step <= steps; step++) {
    await world.step();
    if (step % CHECK_STEPS === 0 && step < steps) await check(t, world, false);
    if (step % RESTART_STEPS === 0) await world.restart(step % (2 * RESTART_STEPS) ? world.site.gateway.kill : world.site.gateway.stop);
  }
  await check(t, world, true);
});
