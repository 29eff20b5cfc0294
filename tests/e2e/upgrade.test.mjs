// One process of the gateway takes the place of another (SIGUSR2): nobody is refused, each client
// reconnects once, and every notification arrives once. And what becomes of it if the new one fails.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import WebSocket from 'ws';
import { atEnd, build, eventually, openSite, Program, socketClient, within } from './harness.mjs';

const CLIENTS = Number(process.env.UPGRADE_CLIENTS ?? 5000);
const UPGRADES = 5;
const SPREAD_S = 6;

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** A gateway that is upgraded in the course of the test: `pid` is that of the process that serves now. */
class Upgradable {
  constructor(t, site, path) {
    this.program = new Program(t, path, ['--config', site.config], { env: site.env, secrets: site.secrets, name: 'belfry-gateway' });
    this.pid = this.program.pid;
    this.count = 0;
    // The log ends with the last process, since all of them write to it.
    atEnd(t, async () => {
      if (isAlive(this.pid)) process.kill(this.pid, 'SIGTERM');
      await this.program.stop();
    });
  }

  async listen(site) {
    [, site.address] = await this.program.line(/listening on (\S+)/);
    [, site.opsAddress] = await this.program.line(/operations on (\S+)/);
    site.seats[0].ops = site.opsAddress;
    site.url = `http://${site.address}`;
    return this;
  }

  /** How often the log has said it. */
  said(pattern) {
    return this.program.lines.all.filter((line) => pattern.test(line)).length;
  }

  /** Upgrades it; returns the process id of the old one, which may still be at work. */
  async upgrade(signal = 'SIGUSR2') {
    const old = this.pid;
    const before = this.said(/serves from now on/);
    let refused = -1;
    await eventually(() => {
      // Where the disk is busy with others, the queue may be unavailable for a moment.
      const now = this.said(/not upgraded, .*the queue cannot be used now/);
      if (now !== refused) process.kill(old, signal);
      refused = now;
      return this.said(/serves from now on/) > before;
    }, 'a new process', 60_000);
    this.pid = Number(this.program.lines.all.findLast((line) => /serves from now on/.test(line)).match(/process (\d+) serves/)[1]);
    assert.notEqual(this.pid, old);
    return old;
  }

  descriptors() {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }
}

async function openUpgradable(t, gateway, path = join(build, 'belfry-gateway')) {
  const site = await openSite(t, { settings: { gateway }, gateway: false, postgres: false, gateways: 1 });
  const gate = await new Upgradable(t, site, path).listen(site);
  return { site, gate };
}

const base64url = (value) => Buffer.from(value).toString('base64url');

function tokenOf(secret, user) {
  const now = Math.floor(Date.now() / 1000);
  const text = `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url(JSON.stringify({ sub: user, iat: now, exp: now + 3600 }))}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** A client that reconnects when it is closed, and counts all that comes. */
class Crowd {
  constructor(site) {
    this.site = site;
    this.errors = [];
    this.closes = new Map();
    this.closedAt = [];
    this.members = [];
    this.open = 0;
  }

  async gather(count) {
    const arrived = [];
    for (let n = 0; n < count; n++) {
      const user = `user-${n}`;
      const member = { user, token: tokenOf(this.site.secret, user), connects: 0, got: new Map(), live: true };
      this.members.push(member);
      this.#connect(member);
      // Not all at once: this process has one thread, too.
      if (n % 100 === 99) {
        arrived.push(eventually(() => this.open >= n - 300, `${n} clients to connect`, 60_000));
        await arrived.at(-1);
      }
    }
    await eventually(() => this.open === count, `${count} clients to connect`, 60_000);
  }

  #connect(member) {
    const socket = new WebSocket(`${this.site.url.replace('http', 'ws')}/ws`, {
      headers: { authorization: `Bearer ${member.token}` }, perMessageDeflate: false,
    });
    member.socket = socket;
    socket.on('error', (error) => this.errors.push(`${member.user}: ${error.code ?? ''} ${error.message}`));
    socket.on('message', (data) => this.#hear(member, JSON.parse(String(data))));
    socket.on('close', (code) => {
      if (member.ready) this.open--;
      member.ready = false;
      if (!member.live) return;
      this.closes.set(code, (this.closes.get(code) ?? 0) + 1);
      this.closedAt.push(Date.now());
      setTimeout(() => this.#connect(member), Math.random() * 300);
    });
  }

  #hear(member, { event, data }) {
    if (event === 'connected') {
      member.connects++;
      member.ready = true;
      this.open++;
    } else if (event === 'notification') {
      member.got.set(data.id, (member.got.get(data.id) ?? 0) + 1);
    }
  }

  /** All have connected so often, and are. */
  haveConnected(times) {
    return this.open === this.members.length && this.members.every(({ connects }) => connects >= times);
  }

  /** Milliseconds in which the middle half of them was closed, since it was asked last. */
  span() {
    const times = this.closedAt.splice(0).sort((a, b) => a - b);
    return times[Math.floor(times.length * 0.75)] - times[Math.floor(times.length * 0.25)];
  }

  leave() {
    for (const member of this.members) {
      member.live = false;
      member.socket.terminate();
    }
  }
}

/** Inserts rows for the users of the crowd, without a pause, until it is stopped. */
class Publisher {
  #next = 0;

  constructor(t, site, users) {
    this.shell = spawn('sqlite3', [site.database], { stdio: ['pipe', 'ignore', 'inherit'] });
    this.ended = new Promise((resolve) => this.shell.once('close', resolve));
    atEnd(t, () => this.shell.kill());
    this.shell.stdin.write('.timeout 10000\nPRAGMA synchronous = OFF;\n');
    this.timer = setInterval(() => {
      const rows = Array.from({ length: 20 }, () => `('user-${(this.#next++ * 7) % users}', 'news')`);
      this.shell.stdin.write(`INSERT INTO notifications (user_id, title) VALUES ${rows.join(', ')};\n`);
    }, 25);
  }

  async stop() {
    clearInterval(this.timer);
    this.shell.stdin.end();
    await within(this.ended, () => 'the publisher to end');
  }
}

test('five upgrades under load: nobody is refused, all reconnect once, each row comes once', { timeout: 300_000 }, async (t) => {
  const { site, gate } = await openUpgradable(t, {
    drain: `${SPREAD_S}s`, max_connections_per_address: '100000', presence_scope: 'off',
  });
  const crowd = new Crowd(site);
  atEnd(t, () => crowd.leave());
  await crowd.gather(CLIENTS);
  const publisher = new Publisher(t, site, CLIENTS);
  const descriptors = gate.descriptors();
  const pids = [gate.pid];
  for (let n = 1; n <= UPGRADES; n++) {
    const old = await gate.upgrade();
    pids.push(gate.pid);
    await eventually(() => crowd.haveConnected(n + 1), `all to reconnect (${crowd.errors[0]})`, 60_000);
    await eventually(() => !isAlive(old), `process ${old} to end`, 60_000);
    // Spread over the whole time, the middle half takes half of it; a busy machine is late, not early.
    const span = crowd.span();
    assert.ok(span > SPREAD_S * 1000 / 4, `half of the clients were sent away within ${span} ms`);
  }
  await publisher.stop();
  await eventually(async () => {
    const [{ waiting }] = await site.sql("SELECT count(*) AS waiting FROM notifications WHERE status <> 'delivered'");
    return waiting === 0;
  }, 'all rows to be delivered', 60_000);

  const rows = await site.sql('SELECT id, user_id FROM notifications');
  const received = new Map(crowd.members.flatMap(({ user, got }) => [...got].map(([id, times]) => [id, { user, times }])));
  const lost = rows.filter(({ id, user_id: user }) => received.get(String(id))?.user !== user);
  const twice = [...received].filter(([, { times }]) => times > 1);
  t.diagnostic(`${rows.length} rows, ${twice.length} of them sent twice; ${JSON.stringify([...crowd.closes])}`);
  assert.deepEqual(crowd.errors, []);
  assert.deepEqual([...crowd.closes], [[1012, CLIENTS * UPGRADES]]);
  assert.deepEqual(crowd.members.filter(({ connects }) => connects !== UPGRADES + 1).map(({ user, connects }) => [user, connects]), []);
  assert.ok(rows.length > 1000, `only ${rows.length} rows`);
  assert.deepEqual(lost, []);
  assert.deepEqual(twice, []);
  assert.equal(new Set(pids).size, UPGRADES + 1);
  assert.ok(gate.descriptors() <= descriptors + 4, `${gate.descriptors()} descriptors, ${descriptors} before`);
});

test('if the new process fails, the old one goes on; after that an upgrade works', async (t) => {
  const { site, gate } = await openUpgradable(t, { drain: '0' });
  const alice = socketClient(t, site.url, { auth: { token: await site.token() }, reconnection: true });
  await alice.event('connected');
  writeFileSync(site.config, '[gateway]\nlisten = nowhere\n');
  const failed = /not upgraded, this process goes on/;
  process.kill(gate.pid, 'SIGUSR2');
  await gate.program.line(/starting the program anew/);
  process.kill(gate.pid, 'SIGUSR2');
  await eventually(() => gate.said(failed) === 1, 'the upgrade to fail');
  assert.equal(gate.said(/one is under way already/), 1);
  site.configure();
  const id = await site.insert('alice', 'still here');
  assert.equal((await alice.event('notification')).id, id);
  assert.equal(alice.socket.connected, true);
  const old = await gate.upgrade();
  process.kill(old, 0);
  await eventually(() => !isAlive(old), 'the old process to end');
  await alice.event('connected');
  const later = await site.insert('alice', 'and there');
  assert.equal((await alice.event('notification')).id, later);
  const [{ count }] = await site.sql('SELECT count(*) AS count FROM gateways');
  assert.equal(count, 1);
});

test('a program that was replaced is found by SIGHUP; without one, nothing is lost', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'belfry-program-'));
  const copy = join(folder, 'belfry-gateway');
  atEnd(t, () => rmSync(folder, { recursive: true }));
  copyFileSync(join(build, 'belfry-gateway'), copy);
  const { site, gate } = await openUpgradable(t, { drain: '0' }, copy);
  process.kill(gate.pid, 'SIGHUP');
  await gate.program.line(/configuration read again/);
  renameSync(copy, `${copy}.away`);
  process.kill(gate.pid, 'SIGUSR2');
  await gate.program.line(/not upgraded, .*cannot be started: No such file/);
  // It says that it is ready, and is gone before the gateway, which it stops, can answer.
  writeFileSync(copy, ['#!/usr/bin/python3', 'import os, signal, socket', 'channel = socket.socket(fileno=int(os.environ["BELFRY_UPGRADE_CHANNEL"]))',
    'channel.recv(65536)', `os.kill(${gate.pid}, signal.SIGSTOP)`, 'channel.send(b"ready %d" % os.getpid())', 'channel.close()', `os.kill(${gate.pid}, signal.SIGCONT)`, ''].join('\n'), { mode: 0o755 });
  process.kill(gate.pid, 'SIGUSR2');
  await gate.program.line(/not upgraded, .*ended as soon as it was ready/);
  assert.equal((await fetch(`http://${site.opsAddress}/readyz`)).status, 200);
  rmSync(copy);
  copyFileSync(`${copy}.away`, copy);
  const old = await gate.upgrade('SIGHUP');
  await eventually(() => !isAlive(old), 'the old process to end');
  assert.equal((await fetch(`http://${site.opsAddress}/readyz`)).status, 200);
});

test('long polling: what was sent and not confirmed comes again, and the client reconnects', async (t) => {
  const { site, gate } = await openUpgradable(t, { drain: '1s' });
  const alice = socketClient(t, site.url, { auth: { token: await site.token() }, transports: ['polling'], reconnection: true });
  await alice.event('connected');
  const first = await site.insert('alice', 'before');
  assert.equal((await alice.event('notification')).id, first);
  await gate.upgrade();
  const second = await site.insert('alice', 'meanwhile');
  await alice.event('connected');
  assert.equal((await alice.event('notification')).id, second);
  await site.status(second, 'delivered');
});
