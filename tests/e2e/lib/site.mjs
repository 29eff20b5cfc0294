// A site with Belfry: a folder of its own, a queue, sessions, and those programs
// that a test starts. All of it ends with the test, which fails if a program did
// not exit cleanly. The queue is a file, with one gateway, or in PostgreSQL, with two
// gateways behind nginx: see dialect.mjs.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { atEnd } from './end.mjs';
import { FILE_DIALECT, ON_POSTGRES, POSTGRES_DIALECT } from './dialect.mjs';
import { Fleet } from './fleet.mjs';
import { ownPostgresServer, postgresServer, rowsOf } from './postgres.mjs';
import { build, Program, runProgram } from './program.mjs';
import { eventually, within } from './wait.mjs';
import { startWebServer } from './web.mjs';

const ini = (settings) =>
  Object.entries(settings)
    .map(([section, keys]) => `[${section}]\n${Object.entries(keys).map(([key, value]) => `${key} = ${value}\n`).join('')}`)
    .join('\n');

const quoted = (text) => `'${String(text).replaceAll("'", "''")}'`;

const USERS = ['alice', 'bob', 'carol'];

/** A folder with a new queue, and sessions with these users, made once a process: sites begin with copies. */
let madeFiles;

export class Site {
  #settings;
  #more;

  constructor(test, settings, gateways = 1) {
    this.test = test;
    this.dialect = FILE_DIALECT;
    // Of each gateway, its file of configuration and the address that it keeps.
    this.seats = Array.from({ length: gateways }, (_, n) => ({ number: n + 1 }));
    this.folder = mkdtempSync(join(tmpdir(), 'belfry-'));
    this.database = join(this.folder, 'belfry.db');
    this.sessions = join(this.folder, 'sessions.db');
    this.config = join(this.folder, 'belfry.conf');
    this.authSocket = join(this.folder, 'auth.sock');
    this.publishSocket = join(this.folder, 'publish.sock');
    this.clock = join(this.folder, 'clock');
    this.secret = randomBytes(33).toString('base64');
    this.secrets = new Set([this.secret]);
    // The gateway's addresses, once it has been started.
    this.address = '127.0.0.1:1';
    this.env = { BELFRY_CONFIG: this.config, BELFRY_TEST_CLOCK: this.clock };
    this.#settings = settings;
    writeFileSync(join(this.folder, 'secret'), `${this.secret}\n`, { mode: 0o600 });
    this.configure();
    atEnd(test, () => rmSync(this.folder, { recursive: true, force: true }));
  }

  /** Writes the configuration; `more` overrides the settings that the site was opened with. */
  configure(more = {}) {
    this.#more = more;
    const base = {
      belfry: { database: this.database },
      token: { secret_file: join(this.folder, 'secret') },
      auth: {},
      gateway: { listen: '127.0.0.1:0', ops_listen: '127.0.0.1:0', drain: '0' },
      queue: {},
    };
    for (const layer of [this.#settings, more]) {
      for (const [section, keys] of Object.entries(layer)) base[section] = { ...base[section], ...keys };
    }
    writeFileSync(this.config, ini(base));
    if (this.seats.length === 1) return;
    for (const seat of this.seats) {
      seat.config = join(this.folder, `gateway-${seat.number}.conf`);
      writeFileSync(seat.config, ini({ ...base, gateway: { ...base.gateway, listen: seat.address ?? '127.0.0.1:0' } }));
    }
  }

  /** Runs the belfry command, and asserts its exit status, by default 0. */
  async belfry(args, { status = 0, input, env } = {}) {
    const result = await runProgram(join(build, 'belfry'), args, { env: { ...this.env, ...env }, input });
    assert.equal(result.code, status, `belfry ${args.join(' ')}\n${result.stdout}${result.stderr}`);
    return result;
  }

  /** Puts queue and users in a PostgreSQL database and a file of sessions, both copies of what is made once. */
  async usePostgres(server) {
    this.postgres = server;
    this.dialect = POSTGRES_DIALECT;
    const name = await server.makeDatabase(this.test, (empty) => this.#fill(empty));
    this.database = server.url('gate', name);
    await this.reconnect(name);
    this.#settings = { ...this.#settings, auth: { session_database: this.sessions, ...this.#settings.auth } };
    this.configure();
    copyFileSync(join(await this.#made(), 'sessions.db'), this.sessions);
  }

  /** Makes the queue, and the roles that the tests log in with, in an empty database. */
  async #fill(database) {
    await this.belfry(['--database', this.postgres.url('postgres', database), 'init']);
    const client = await this.postgres.open(database);
    await client.query(`CREATE ROLE gate LOGIN; CREATE ROLE shop LOGIN; CREATE ROLE web LOGIN;
      GRANT belfry_gateway TO gate; GRANT belfry_publisher TO shop; GRANT belfry_publishing TO web`);
    await client.end();
  }

  #made() {
    madeFiles ??= this.#make();
    return madeFiles;
  }

  async #make() {
    const folder = mkdtempSync(join(tmpdir(), 'belfry-made-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    // The configuration of a site in PostgreSQL names its own file of sessions.
    const env = { BELFRY_AUTH_SESSION_DATABASE: join(folder, 'sessions.db') };
    const run = (...args) => this.belfry(['--database', join(folder, 'belfry.db'), ...args], { env });
    await run('init', '--sessions');
    for (const user of USERS) await run('user', 'add', user);
    return folder;
  }

  /** Connects `client` to the database, again after the server was stopped. */
  async reconnect(name = this.client.database) {
    this.client = await this.postgres.connect(this.test, name);
    await this.client.query("SET search_path = belfry; SET timezone = 'UTC'");
  }

  /** A queue, sessions and the users in files, where the settings want them. */
  async init() {
    if (this.#settings.belfry?.database || this.#settings.auth?.session_database) return this.#initFiles();
    const folder = await this.#made();
    copyFileSync(join(folder, 'belfry.db'), this.database);
    // Each queue has a name of its own, by which one that replaces another is noticed.
    await this.sql(`UPDATE belfry_meta SET value = '${randomBytes(16).toString('base64url')}' WHERE key = 'queue'`);
    copyFileSync(join(folder, 'sessions.db'), this.sessions);
  }

  async #initFiles() {
    await this.belfry(['init', '--sessions']);
    for (const user of USERS) await this.belfry(['user', 'add', user]);
  }

  /** The rows that this SQL returns, by the sqlite3 shell or by a superuser of the PostgreSQL database. */
  async sql(text, file = this.database) {
    if (this.postgres && file === this.database) return rowsOf(this.client, text);
    const result = await runProgram('sqlite3', ['-json', '-cmd', '.timeout 5000', file, text]);
    assert.equal(result.code, 0, result.stderr);
    return result.stdout ? JSON.parse(result.stdout) : [];
  }

  /** These statements, each in a transaction of its own. */
  async sqlEach(texts) {
    if (!this.postgres) return this.sql(texts.join(';\n'));
    await Promise.all(texts.map((text) => this.client.query(text)));
    return [];
  }

  /**
   * A transaction of another process, which has done this and stays open, in a file with
   * the lock that keeps everybody else out, in PostgreSQL with that of a table where one is
   * named; commit() ends it.
   */
  hold(text, table) {
    return this.postgres ? this.#holdRows(table ? `${this.dialect.lock(table)} ${text}` : text) : this.#holdFile(text);
  }

  async #holdRows(text) {
    const client = await this.postgres.connect(this.test, this.client.database);
    await client.query('SET search_path = belfry');
    await client.query(`BEGIN; ${text}`);
    return { commit: () => client.query('COMMIT') };
  }

  async #holdFile(text) {
    const shell = spawn('sqlite3', [this.database], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => shell.once('close', resolve));
    atEnd(this.test, () => shell.kill());
    const held = new Promise((resolve) => shell.stdout.once('data', resolve));
    shell.stdin.write(`.timeout 5000\nBEGIN EXCLUSIVE; ${text}; SELECT 'held';\n`);
    await within(held, () => `the lock for ${text}`);
    return { commit: () => (shell.stdin.end('COMMIT;\n'), ended) };
  }

  /** SQL for now, or with an offset such as '+1 minute'. */
  now(offset) {
    return this.dialect.now(offset);
  }

  /** Inserts a notification with SQL; returns its id as a string. */
  async insert(user, title, columns = {}) {
    const all = { user_id: user, title, ...columns };
    const names = Object.keys(all).join(', ');
    const values = Object.values(all).map((value) => (value === null ? 'NULL' : quoted(value))).join(', ');
    const [row] = await this.sql(`INSERT INTO notifications (${names}) VALUES (${values}) RETURNING id`);
    return String(row.id);
  }

  row(id) {
    return this.sql(`SELECT * FROM notifications WHERE id = ${Number(id)}`).then(([row]) => row);
  }

  /** Waits until the row has this status; returns the row. */
  status(id, status) {
    return eventually(async () => {
      const row = await this.row(id);
      return row?.status === status && row;
    }, `notification ${id} to be ${status}`);
  }

  /** A token as a web application issues it. */
  async token(claims = { sub: 'alice' }, { secret = this.secret, header = {} } = {}) {
    const now = Math.floor(Date.now() / 1000);
    const token = await new SignJWT({ iat: now, exp: now + 3600, ...claims })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...header })
      .sign(Buffer.from(secret));
    this.secrets.add(token);
    return token;
  }

  /** Creates a session row; returns its Cookie header. */
  async session(user, more = []) {
    const { stdout } = await this.belfry(['session', 'create', user, ...more]);
    const value = stdout.trim();
    this.secrets.add(value);
    return { value, cookie: `authjs.session-token=${value}` };
  }

  /** Sets the wall clock of all programs of this site, as an offset in milliseconds. */
  setClock(ms) {
    writeFileSync(this.clock, String(ms));
  }

  #program(name, args, env, descriptors) {
    const whole = [join(build, name), ...args];
    if (descriptors) whole.unshift('prlimit', `--nofile=${descriptors}:${descriptors}`);
    const program = new Program(this.test, whole[0], whole.slice(1), { name, env: { ...this.env, ...env }, secrets: this.secrets });
    atEnd(this.test, () => program.stop());
    return program;
  }

  /**
   * Starts or restarts belfry-gateway, with this limit of descriptors. Sets `url` and
   * `ops`. Where there are several, all start, and `url` is that of nginx before them.
   */
  async startGateway({ env, descriptors } = {}) {
    const [gateway, ...others] = await Promise.all(this.seats.map((seat) => this.startSeat(seat, { env, descriptors })));
    [{ address: this.address, ops: this.opsAddress }] = this.seats;
    if (others.length > 0) {
      this.address = this.front ??= await this.#startFront();
      this.configure(this.#more);
    }
    this.url = `http://${this.address}`;
    this.ops = `http://${this.opsAddress}`;
    this.gateway = others.length > 0 ? new Fleet(this, [gateway, ...others]) : gateway;
    return this.gateway;
  }

  /** Starts the gateway of this seat, on the address that it had before. */
  async startSeat(seat, { env, descriptors } = {}) {
    const gateway = this.#program('belfry-gateway', ['--config', seat.config ?? this.config], env, descriptors);
    [, seat.address] = await gateway.line(/listening on (\S+)/);
    [, seat.ops] = await gateway.line(/operations on (\S+)/);
    return gateway;
  }

  /** nginx, as a balancer; returns its address. */
  async #startFront() {
    const folder = join(this.folder, 'front');
    mkdirSync(folder);
    const gateways = this.seats.map(({ address }) => address);
    const { url } = await startWebServer(this.test, 'nginx', {
      folder, gateways, authSocket: this.authSocket, publishSocket: this.publishSocket, more: '',
    });
    return url.replace('http://', '');
  }

  /** Starts belfry-auth on its own socket. */
  async startAuth({ env, args = [], descriptors } = {}) {
    this.auth = this.#program('belfry-auth', ['--config', this.config, '--socket', this.authSocket, ...args], env, descriptors);
    await this.auth.line(/listening on /);
    return this.auth;
  }

  /** Starts belfry-publish on its own socket; in PostgreSQL as the role `web`. */
  async startPublish({ env, args = [] } = {}) {
    const login = this.postgres && { BELFRY_DATABASE: this.postgres.url('web', this.client.database) };
    this.publish = this.#program('belfry-publish', ['--config', this.config, '--socket', this.publishSocket, ...args], { ...login, ...env });
    await this.publish.line(/listening on /);
    return this.publish;
  }

  /** Makes a publishing key, with these options of `belfry key create`; returns its text. */
  async key(name, ...options) {
    const { stdout } = await this.belfry(['key', 'create', name, ...options]);
    const key = stdout.trim();
    this.secrets.add(key);
    return key;
  }

  /** Starts a web server in front of the programs that are running; returns its address. With `tls`, sets `ca`. */
  async startWeb(kind, { more = '', before, tls, http2, env, ownRoute } = {}) {
    const { url, ca } = await startWebServer(this.test, kind, {
      folder: this.folder,
      gateway: this.address,
      authSocket: this.authSocket,
      publishSocket: this.publishSocket,
      config: this.config,
      clock: this.clock,
      more,
      before,
      tls,
      http2,
      env,
      ownRoute,
    });
    this.ca = ca;
    return url;
  }

  /** A value of /metrics, by name with labels as written, or of all labels together, summed over the gateways; 0 if it is missing. */
  async metric(name) {
    const values = await Promise.all(this.seats.map(async ({ ops }) => {
      const text = await (await fetch(`http://${ops}/metrics`)).text();
      const lines = text.split('\n').filter((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    }));
    return values.reduce((sum, value) => sum + value, 0);
  }
}

/**
 * A site with queue, sessions, and the users alice, bob and carol. `settings`
 * override the configuration, by section and key. With `postgres`, the queue is
 * in PostgreSQL, on a server of the test's own if it is 'own', or on that server. `gateways`, 1 or 2.
 */
export async function openSite(test, {
  settings = {}, gateway = true, auth = false, postgres = ON_POSTGRES, gateways = ON_POSTGRES ? 2 : 1,
} = {}) {
  const site = new Site(test, settings, gateways);
  const servers = { own: ownPostgresServer, true: postgresServer };
  if (postgres) await site.usePostgres(await (servers[postgres]?.() ?? postgres));
  else await site.init();
  if (gateway) await site.startGateway();
  if (auth) await site.startAuth();
  return site;
}

/** A site whose gateway keeps its address over restarts, like one behind a web server. */
export async function openLastingSite(t, settings) {
  const site = await openSite(t, settings);
  if (site.seats.length === 1) site.configure({ gateway: { listen: site.address } });
  return site;
}
