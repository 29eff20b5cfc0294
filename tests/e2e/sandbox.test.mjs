// The sandbox of running programs, as the kernel and they themselves say. That they work in
// it is what all other tests show, since it is on by default.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build, openSite, plainClient, runProgram } from './harness.mjs';

const IN_FORCE = /sandbox: seccomp(?: and Landlock \(ABI \d+\)|; Landlock: .*kernel.*)$/m;

/** What /proc says of each thread: whether it may gain rights, and whether seccomp filters its calls. */
function threads(pid) {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    return { noNewPrivs: /^NoNewPrivs:\t1$/m.test(status), filtered: /^Seccomp:\t2$/m.test(status) };
  });
}

test('each program says what is in force, and it is, in each of its threads', async (t) => {
  const site = await openSite(t, { auth: true });
  await site.startPublish();
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  const id = await site.insert('alice', 'From within');
  await alice.event('notification');
  await site.status(id, 'delivered');
  for (const program of [site.auth, site.publish, ...(site.gateway.programs ?? [site.gateway])]) {
    assert.match(program.output, IN_FORCE);
    const all = threads(program.pid);
    assert.ok(all.length >= 2, 'threads');
    assert.ok(all.every(({ noNewPrivs, filtered }) => noNewPrivs && filtered), JSON.stringify(all));
  }
});

test('one line of configuration turns it off; --check says which it would be', async (t) => {
  const site = await openSite(t, { gateway: false, settings: { belfry: { sandbox: 'no' } } });
  const check = (name) => runProgram(join(build, name), ['--config', site.config, '--check'], { env: site.env });
  await site.startGateway();
  for (const program of site.gateway.programs ?? [site.gateway]) {
    assert.match(program.output, /sandbox: off, as configured$/m);
    assert.ok(threads(program.pid).every(({ noNewPrivs, filtered }) => !noNewPrivs && !filtered));
  }
  for (const name of ['belfry-gateway', 'belfry-auth', 'belfry-publish']) {
    site.configure();
    assert.match((await check(name)).stdout, /sandbox: off, as configured$/m);
    site.configure({ belfry: { sandbox: 'yes' } });
    assert.match((await check(name)).stdout, IN_FORCE);
  }
});
