// What systemd does with the programs, played by a supervisor that does it for real: it makes their
// sockets, hears that they are ready and alive, and starts one anew that hangs.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { build, eventually, openSite, socketClient } from './harness.mjs';
import { manage } from './lib/service-manager.mjs';

const said = (program, pattern) => program.lines.all.filter((line) => pattern.test(line)).length;

test('the gateway on a socket of systemd: ready, alive, reloaded, upgraded, restarted where it hangs', async (t) => {
  const site = await openSite(t, { settings: { gateway: { drain: '0' } }, gateway: false, postgres: false, gateways: 1 });
  const program = manage(site, [join(build, 'belfry-gateway'), '--config', site.config], { name: 'belfry-gateway', watchdog: 3 });
  const [, address] = await program.line(/^socket (\S+)/);
  site.url = `http://${address}`;
  const [, first] = await program.line(/^started (\d+)/);
  await program.line(new RegExp(`listening on ${address}, a socket of systemd's`));
  await program.line(/^notice \d+ READY=1/);
  await program.line(/^notice \d+ STATUS=Serves /);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() }, reconnection: true });
  await alice.event('connected');

  process.kill(Number(first), 'SIGHUP');
  await program.line(/^notice \d+ RELOADING=1/);
  await program.line(/^notice \d+ MONOTONIC_USEC=\d+/);
  await eventually(() => said(program, /^notice \d+ READY=1/) === 2, 'the end of the reload');
  await eventually(() => said(program, /^notice \d+ WATCHDOG=1/) >= 2, 'signs of life');

  process.kill(Number(first), 'SIGUSR2');
  const [, second] = await program.line(/^notice \d+ MAINPID=(\d+)/);
  assert.notEqual(second, first);
  await program.line(new RegExp(`^notice ${second} READY=1`));
  await program.line(new RegExp(`^notice ${second} WATCHDOG=1`));
  await alice.event('connected');

  process.kill(Number(second), 'SIGSTOP');
  await program.line(new RegExp(`^watchdog ${second}`));
  await alice.event('connected');
  const id = await site.insert('alice', 'after all that');
  assert.equal((await alice.event('notification')).id, id);
  assert.equal(said(program, /^refused /), 0);
});

for (const name of ['belfry-auth', 'belfry-publish']) {
  test(`${name} says that it is ready and alive, and is restarted where it hangs`, async (t) => {
    const site = await openSite(t, { gateway: false, postgres: false, gateways: 1 });
    const program = manage(site, [join(build, name), '--config', site.config], { name, socket: join(site.folder, `${name}.sock`) });
    const [, first] = await program.line(/^started (\d+)/);
    await program.line(/^notice \d+ READY=1/);
    await eventually(() => said(program, /^notice \d+ WATCHDOG=1/) >= 2, 'signs of life');
    process.kill(Number(first), 'SIGHUP');
    await program.line(/^notice \d+ RELOADING=1/);
    await eventually(() => said(program, /^notice \d+ READY=1/) === 2, 'the end of the reload');
    process.kill(Number(first), 'SIGSTOP');
    await program.line(new RegExp(`^watchdog ${first}`));
    await eventually(() => said(program, /^notice \d+ READY=1/) === 3, 'the next process');
  });
}
