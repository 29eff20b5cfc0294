// A model of who is owed what: devices of a few users come, go, fall deaf and
// read, while rows are inserted, scheduled, requeued, cancelled and expire, and
// the gateway is killed. In the end each device must have heard every row that
// it was owed, and none more often than there was reason to.
//
// MODEL_SEED repeats a run (as far as the clock lets it), MODEL_STEPS makes it
// longer.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { atEnd, eventually, openSite, within } from './harness.mjs';

const seed = Number(process.env.MODEL_SEED ?? Date.now() % 1_000_000);
const steps = Number(process.env.MODEL_STEPS ?? 1500);
const STEPS_MS = 20_000;
const USERS = ['alice', 'bob', 'carol'];
const DEVICES_MAX = 5;
// What the wall clocks of two processes may seem apart.
const SLACK_MS = 20;

/** Numbers that a seed repeats: mulberry32. */
function dice(state) {
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (count) => Math.floor(next() * count);
  return { below, chance: (share) => next() < share, pick: (list) => list[below(list.length)] };
}

/** One sqlite3 shell that stays open: thousands of statements, no process each. */
class Shell {
  #rest = '';
  #awaited = [];

  constructor(t, database) {
    this.child = spawn('sqlite3', ['-cmd', '.timeout 10000', '-separator', '|', database]);
    this.child.stdout.setEncoding('utf8').on('data', (text) => this.#read(text));
    this.child.stderr.setEncoding('utf8').on('data', (text) => this.#awaited.shift()?.reject(new Error(text)));
    atEnd(t, () => this.child.kill());
  }

  #read(text) {
    const parts = (this.#rest + text).split('-- done\n');
    this.#rest = parts.pop();
    for (const part of parts) {
      this.#awaited.shift()?.resolve(part.split('\n').filter(Boolean).map((line) => line.split('|')));
    }
  }

  rows(sql) {
    const answer = new Promise((resolve, reject) => this.#awaited.push({ resolve, reject }));
    this.child.stdin.write(`${sql};\n.print -- done\n`);
    return within(answer, () => sql);
  }
}

/** A device over /ws that hears, and confirms unless it is deaf. */
class Device {
  heard = new Map(); // of each row, when; likewise when it was confirmed
  confirmed = new Map();
  deaf = false;
  alive = true;
  unread = null;
  #unconfirmed = [];
  #lastPing = null;
  #asked = 0;

  constructor(user, url, token, acknowledges) {
    this.user = user;
    this.acknowledges = acknowledges;
    this.socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`, { autoPong: false });
    this.socket.on('open', () => this.#send({ event: 'auth', data: { token, ack: acknowledges } }));
    this.socket.on('error', () => {});
    this.socket.on('close', (code) => ((this.alive = false), (this.code = code)));
    this.socket.on('ping', (payload) => ((this.#lastPing = payload), this.#confirm()));
    this.ready = new Promise((resolve) => {
      this.socket.on('close', () => resolve(false));
      this.socket.on('message', (text) => this.#hear(JSON.parse(text), resolve));
    });
  }

  #send(frame) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  #hear({ event, data, id }, resolve) {
    if (event === 'notification:unread_count') this.unread = data;
    if (event === 'connected') {
      this.since = Date.now();
      this.attached = Date.parse(data.serverTime);
      resolve(true);
    }
    if (event !== 'notification') return;
    const times = this.heard.get(data.id) ?? [];
    this.heard.set(data.id, [...times, Date.now()]);
    this.#unconfirmed.push({ row: data.id, ack: id });
    this.#confirm();
  }

  /** An event `id` is the row's own to confirm; a ping confirms all before it. */
  #confirm() {
    if (this.deaf || (!this.acknowledges && !this.#lastPing)) return;
    for (const { row, ack } of this.#unconfirmed.splice(0)) {
      if (this.acknowledges) this.#send({ ack });
      this.confirmed.set(row, Date.now());
    }
    if (this.#lastPing && this.socket.readyState === WebSocket.OPEN) this.socket.pong(this.#lastPing);
    this.#lastPing = null;
  }

  setDeaf(deaf) {
    this.deaf = deaf;
    this.#confirm();
  }

  read(ids) {
    this.#send({ event: 'notification:mark_read', data: { ids }, id: ++this.#asked });
  }
}

class World {
  rows = new Map();
  devices = [];
  requeues = 0;

  constructor(site, shell, random) {
    Object.assign(this, { site, shell, random });
  }

  live(user) {
    return this.devices.filter((device) => device.alive && (!user || device.user === user));
  }

  async come() {
    const user = this.random.pick(USERS);
    if (this.live(user).length >= DEVICES_MAX) return;
    const device = new Device(user, this.site.url, this.tokens[user], this.random.chance(0.3));
    if (await within(device.ready, () => 'a device to be let in')) this.devices.push(device);
  }

  go() {
    if (this.live().length > 0) this.random.pick(this.live()).socket.terminate();
  }

  deafen() {
    if (this.live().length > 0) {
      const device = this.random.pick(this.live());
      device.setDeaf(!device.deaf);
    }
  }

  async insert() {
    const user = this.random.pick(USERS);
    const count = this.random.chance(0.05) ? 150 : 1 + this.random.below(3);
    const at = Date.now();
    const time = (ms) => `'${new Date(at + ms).toISOString()}'`;
    const due = this.random.chance(0.3) ? 50 + this.random.below(1000) : null;
    const expires = this.random.chance(0.1) ? (due ?? 0) + this.random.below(1500) : null;
    const values = `('${user}', 'x', ${due === null ? 'NULL' : time(due)}, ${expires === null ? 'NULL' : time(expires)})`;
    const ids = await this.shell.rows(
      `INSERT INTO notifications (user_id, title, deliver_after, expires_at) VALUES ${Array(count).fill(values)} RETURNING id`,
    );
    for (const [id] of ids) {
      this.rows.set(id, { user, pendingAt: due === null ? Date.now() : at + due, due: at + (due ?? 0), requeued: 0, expires: expires !== null });
    }
  }

  async change(status, where, note) {
    const user = this.random.pick(USERS);
    const before = Date.now();
    const changed = await this.shell.rows(
      `UPDATE notifications SET status = '${status}' WHERE id IN (SELECT id FROM notifications`
      + ` WHERE user_id = '${user}' AND ${where} ORDER BY random() LIMIT ${1 + this.random.below(4)}) RETURNING id`,
    );
    for (const [id] of changed) note(this.rows.get(id), before);
  }

  requeue() {
    return this.change('pending', "status IN ('delivered', 'read') AND expires_at IS NULL", (row, before) => {
      row.requeued++;
      // Devices may hear of it before the shell has said that it is done.
      row.pendingAt = before;
      row.wasRead = false;
    });
  }

  cancel() {
    return this.change('cancelled', "status = 'pending'", (row) => (row.cancelled = true));
  }

  read() {
    const readers = this.live().filter((device) => device.heard.size > 0);
    if (readers.length === 0) return;
    const device = this.random.pick(readers);
    const ids = [...device.heard.keys()].slice(-1 - this.random.below(5));
    for (const id of ids) this.rows.get(id).wasRead = true;
    device.read(ids);
  }

  async kill() {
    await this.site.gateway.kill();
    await eventually(() => this.live().length === 0, 'the devices to notice');
    await this.site.startGateway();
  }

  async step() {
    const acts = [[20, this.insert], [8, this.come], [2, this.go], [8, this.deafen], [5, this.requeue], [1, this.cancel], [3, this.read]];
    let at = this.random.below(acts.reduce((sum, [weight]) => sum + weight, 0));
    await acts.find(([weight]) => (at -= weight) < 0)[1].call(this);
    if (this.random.chance(0.3)) await pause(this.random.below(20));
  }

  /** Why the device ought to have heard the row since a moment: that moment, or null. */
  owedSince(device, row, delivered) {
    if (row.user !== device.user || row.expires || row.cancelled || row.wasRead) return null;
    if (row.pendingAt > device.since) return row.requeued ? row.pendingAt - SLACK_MS : 0;
    return row.requeued === 0 && (delivered === null || delivered > device.attached + SLACK_MS) ? 0 : null;
  }

  /** What was owed and not heard, in words. */
  async missing() {
    const missing = [];
    for (const [id, delivered, status] of await this.shell.rows('SELECT id, delivered_at, status FROM notifications')) {
      const row = this.rows.get(id);
      const at = delivered ? Date.parse(delivered) : null;
      for (const device of this.live()) {
        const since = this.owedSince(device, row, at);
        const last = Math.max(...(device.heard.get(id) ?? [-1]), device.confirmed.get(id) ?? -1);
        if (since !== null && last < since) {
          missing.push(`${id} (${status}, requeued ${row.requeued}) at device ${this.devices.indexOf(device)} of ${device.user}`);
        }
      }
      if (status === 'pending' && this.live(row.user).length > 0) missing.push(`${id} is pending`);
    }
    return missing;
  }

  /** What was heard too often, too early, or by the wrong one, in words. */
  wrong() {
    const wrong = [];
    for (const [number, device] of this.devices.entries()) {
      for (const [id, times] of device.heard) {
        const row = this.rows.get(id);
        const name = `${id} at device ${number} (acknowledges: ${device.acknowledges})`;
        if (row.user !== device.user) wrong.push(`${name} is ${row.user}'s`);
        if (times.length > 1 + row.requeued) wrong.push(`${name} came ${times.length} times, requeued ${row.requeued}`);
        if (times[0] < row.due - SLACK_MS) wrong.push(`${name} came too early`);
      }
    }
    return wrong;
  }
}

test(`each device hears what it is owed, seed ${seed}`, async (t) => {
  const site = await openSite(t, { settings: { gateway: { ping_timeout: '60s', ping_interval: '90s' } } });
  const world = new World(site, new Shell(t, site.database), dice(seed));
  world.tokens = Object.fromEntries(await Promise.all(USERS.map(async (sub) => [sub, await site.token({ sub })])));
  atEnd(t, () => world.devices.forEach((device) => device.socket.terminate()));

  const end = Date.now() + STEPS_MS;
  for (let step = 1; step <= steps && Date.now() < end; step++) {
    if (step % 600 === 0) await world.kill();
    await world.step();
    world.steps = step;
  }
  for (const user of USERS) if (world.live(user).length === 0) await world.come();
  for (const device of world.live()) device.setDeaf(false);

  let missing = [];
  await eventually(async () => {
    missing = await world.missing();
    return missing.length === 0;
  }, 'all that is owed').catch(() => {});
  t.diagnostic(`${world.steps} steps, ${world.rows.size} rows, ${world.devices.length} devices, ${world.live().length} in the end`);
  assert.deepEqual(missing.slice(0, 10), [], `seed ${seed}: owed, and not heard (${missing.length})`);
  assert.deepEqual(world.wrong().slice(0, 10), [], `seed ${seed}`);

  for (const device of world.live()) {
    await eventually(async () => {
      const [[count]] = await world.shell.rows(`SELECT count(*) FROM notifications WHERE user_id = '${device.user}' AND status = 'delivered'`);
      return Number(count) === device.unread;
    }, `the unread count of ${device.user}, seed ${seed}`);
  }
});
