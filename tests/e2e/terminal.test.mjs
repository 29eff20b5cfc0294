// What `belfry` does for the person before it: completion in the real shells, a test client through web servers with
// TLS, what the gateway knows of a notification that waits, and many lines that can be sent again.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, build, eventually, openSite, plainClient } from './harness.mjs';

const program = join(build, 'belfry');
const scripts = new Map();
function script(shell) {
  if (!scripts.has(shell)) scripts.set(shell, execFileSync(program, ['--config', '/dev/null', 'completion', shell], { encoding: 'utf8' }));
  return scripts.get(shell);
}
const quoted = (words) => words.map((word) => `'${word}'`).join(' ');

/** The words that a shell offers for the last of these. */
const shells = {
  bash: (words) => execFileSync('bash', ['-c', `${script('bash')}
    COMP_WORDS=(${quoted(words)}); COMP_CWORD=${words.length - 1}; _belfry; printf '%s\\n' "\${COMPREPLY[@]}"`], { encoding: 'utf8' }),
  zsh: (words) => execFileSync('zsh', ['-fc', `compdef() { : }; _files() { print -l -- *(N) }
    _describe() { local one; for one in "\${(@P)2}"; do [[ $one == \${words[CURRENT]}* ]] && print -r -- "\${one%%:*}"; done; true }
    ${script('zsh')}
    words=(${quoted(words)}); CURRENT=${words.length}; _belfry`], { encoding: 'utf8' }),
  fish: (words) => execFileSync('fish', ['--no-config', '-c', `${script('fish')}
    complete -C "${words.join(' ')}"`], { encoding: 'utf8' }).replaceAll(/\t.*/g, ''),
};

for (const [shell, ask] of Object.entries(shells)) {
  test(`${shell} completes commands, options and the values that are few`, () => {
    const offered = (...words) => ask(['belfry', ...words]).split('\n').filter(Boolean).sort();
    assert.ok(offered('').includes('queue') && offered('').includes('send'), offered('').join(' '));
    assert.deepEqual(offered('queue', 'st'), ['stats']);
    assert.deepEqual(offered('queue', ''), ['cancel', 'list', 'purge', 'retry', 'show', 'stats']);
    assert.deepEqual(offered('--config', 'x', 'queue', 'list', '--s').filter((word) => word !== '--sin'), ['--seen', '--since', '--status']);
    assert.deepEqual(offered('queue', 'list', '--status', 'p'), ['pending']);
    assert.deepEqual(offered('queue', 'list', '--archived', ''), ['no', 'yes']);
    assert.deepEqual(offered('send', '--priority', 'u'), ['urgent']);
    assert.deepEqual(offered('completion', ''), ['bash', 'fish', 'zsh']);
  });
}

for (const kind of ['nginx', 'lighttpd']) {
  test(`belfry listen --url wss:// comes through ${kind}, if its certificate is valid`, async (t) => {
    const site = await openSite(t);
    const url = `${(await site.startWeb(kind, { tls: true })).replace('https', 'wss')}/ws`;
    const listen = ['listen', '--user', 'test', '--url', url, '--event', 'notification', '--count', '1', '--for', '20s'];
    assert.match((await site.belfry(listen, { status: 1 })).stderr, /certificate/);

    const ca = join(site.folder, 'ca.pem');
    writeFileSync(ca, site.ca);
    const heard = site.belfry(listen, { env: { SSL_CERT_FILE: ca } });
    await site.insert('test', 'Over TLS');
    assert.match((await heard).stdout, /notification  .*Over TLS/);
  });
}

test('belfry explain asks the gateway how the user is connected, and how earlier connections ended', async (t) => {
  const site = await openSite(t, { gateway: false, gateways: 1 });
  site.configure({ gateway: { ops_listen: `unix:${join(site.folder, 'ops')}` } });
  const down = await site.insert('alice', 'Nobody there');
  assert.match((await site.belfry(['explain', String(down)])).stdout, /No gateway/i);
  await site.startGateway();
  const client = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await client.event('connected');
  client.send('auth', { ack: true });
  const id = await site.insert('alice', 'Never confirmed');
  await client.inbox.next((frame) => frame.data?.title === 'Never confirmed');
  await eventually(async () => {
    const { stdout } = await site.belfry(['explain', String(id)]);
    return /Connection \d+, from 127\.0\.0\.1, speaks plain over websocket, has been open for .*notifications? to confirm/.test(stdout);
  }, 'explain to name the connection');
  client.socket.close();
  await eventually(async () => {
    const { stdout } = await site.belfry(['explain', String(id)]);
    return /was sent 1 time before, and never confirmed[^]*Connection \d+, from 127\.0\.0\.1, ended .* ago, having been open for .*, with 1 notification unconfirmed: closed by the client\.\n/.test(stdout);
  }, 'explain to say how the connection ended');
  const second = plainClient(t, `${site.url}/ws`, { token: await site.token(), autoPong: false });
  await second.event('notification');
  await site.belfry(['revoke', 'alice']);
  await second.closed();
  await eventually(async () => {
    const { stdout } = await site.belfry(['explain', String(id)]);
    return /with 1 notification unconfirmed: its token was revoked[^]*closed by the client\./.test(stdout);
  }, 'explain to name the revocation, the latest first');
  const away = await site.insert('bob', 'Away');
  assert.match((await site.belfry(['explain', String(away)])).stdout, /The gateway on this machine has no connection of bob now/);
});

test('lines that were interrupted by kill -9 can be sent again: none is lost or doubled', async (t) => {
  const site = await openSite(t, { gateway: false });
  const lines = Array.from({ length: 6_000 }, (_, i) => JSON.stringify({ user: `u${i % 50}`, title: `T${i}` }));
  const file = join(site.folder, 'lines');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const args = ['send', '--stdin', '--key-prefix', 'sale-'];
  for (const signal of ['SIGKILL', 'SIGINT']) {
    const input = openSync(file);
    const child = spawn(program, [...args, '--json'], { env: { ...process.env, ...site.env }, stdio: [input, 'pipe', 'ignore'] });
    closeSync(input);
    atEnd(t, () => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    child.kill(signal);
    child.stdout.resume();
    await once(child, 'close');
  }
  const [{ n: sent }] = await site.sql('SELECT count(*) AS n FROM notifications');
  assert.ok(sent > 0 && sent < lines.length, `${sent}`);
  const { stdout } = await site.belfry(args, { input: `${lines.join('\n')}\n` });
  assert.equal(stdout, `${lines.length - sent} sent, ${sent} there already\n`);
  const [{ n, d }] = await site.sql('SELECT count(*) AS n, count(DISTINCT title) AS d FROM notifications');
  assert.deepEqual([n, d], [lines.length, lines.length]);
});
