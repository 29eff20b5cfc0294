// The environment of a benchmark: a folder, a queue, and the programs it asks for. What is measured has the first
// core; all else is on the others. All of it ends with the rig.

import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { atEnd } from '../../tests/e2e/lib/end.mjs';
import { ServerProcess, SUPERUSER } from '../../tests/e2e/lib/postgres-server.mjs';
import { build, Program, runProgram } from '../../tests/e2e/lib/program.mjs';
import { startOnFreePort } from '../../tests/e2e/lib/port.mjs';
import { startWebServer } from '../../tests/e2e/lib/web.mjs';
import { cores, pin } from './process.mjs';
import { Scope } from './scope.mjs';

const base64url = (text) => Buffer.from(text).toString('base64url');

/** The environment that systemd starts this program in, by the unit that is installed. */
function environmentOf(name) {
  const unit = readFileSync(new URL(`../../deploy/systemd/${name}.service.in`, import.meta.url), 'utf8');
  return Object.fromEntries([...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, variable, value]) => [variable, value]));
}

export class Rig {
  constructor(scope) {
    this.scope = scope;
    this.folder = mkdtempSync(join(tmpdir(), 'belfry-bench-'));
    atEnd(scope, () => rmSync(this.folder, { recursive: true, force: true }));
    // Where the gateway's queue is, and where it is published into.
    this.database = this.published = join(this.folder, 'belfry.db');
    this.sessions = join(this.folder, 'sessions.db');
    this.authSocket = join(this.folder, 'auth.sock');
    this.publishSocket = join(this.folder, 'publish.sock');
    this.config = join(this.folder, 'belfry.conf');
    this.secret = randomBytes(33).toString('base64');
    this.secretFile = join(this.folder, 'secret');
    writeFileSync(this.secretFile, this.secret, { mode: 0o600 });
    // The cores of what is measured, and of who generates its load.
    this.on = cores.measured;
    this.generatorOn = cores.generator;
    this.configure();
  }

  /** Writes the configuration: the defaults but for these sections. */
  configure({ gateway = {}, ...more } = {}) {
    const sections = {
      belfry: { database: this.database },
      token: { secret_file: this.secretFile },
      gateway: { listen: '127.0.0.1:0', ops_listen: '127.0.0.1:0', drain: 0, ...gateway },
      ...more,
    };
    const lines = ([name, settings]) => [`[${name}]`, ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`), ''];
    writeFileSync(this.config, Object.entries(sections).flatMap(lines).join('\n'));
  }

  async init(args = ['--sessions']) {
    const { code, stderr } = await runProgram(join(build, 'belfry'), ['--config', this.config, 'init', ...args]);
    assert.equal(code, 0, stderr);
  }

  /** Runs SQL in the queue in PostgreSQL, as its owner: the rows of the last statement. */
  async sql(text, values) {
    this.owner ??= await this.connect(SUPERUSER);
    return [await this.owner.query(text, values)].flat().at(-1).rows;
  }

  /** A connection to the queue in PostgreSQL, by default as a publisher. */
  async connect(user = 'shop') {
    const client = new pg.Client({ host: this.postgres.folder, user, database: SUPERUSER });
    client.on('error', () => {});
    await client.connect();
    atEnd(this.scope, () => client.end().catch(() => {}));
    return client;
  }

  /**
   * Puts the queue in a PostgreSQL server of its own, with the settings that PostgreSQL and Debian's package have by
   * default, on a Unix socket. Gateways and publishers connect with roles of their own. All of it has all cores: a row
   * takes the server longer than the gateway, so that neither could be measured alone.
   */
  async startPostgres(settings = []) {
    this.scope.demandOpen();
    this.postgres = new ServerProcess();
    atEnd(this.scope, async () => {
      await this.postgres.stop();
      this.postgres.remove();
    });
    await this.runPostgres(settings);
    this.on = this.generatorOn = cores.all;
    this.database = this.postgres.url(SUPERUSER, SUPERUSER);
    this.configure();
    await this.init([]);
    await this.sql('CREATE ROLE gate LOGIN; GRANT belfry_gateway TO gate; CREATE ROLE shop LOGIN; GRANT belfry_publisher TO shop');
    this.database = this.postgres.url('gate', SUPERUSER);
    this.published = this.postgres.url('shop', SUPERUSER);
    this.configure();
  }

  /** Starts the server, with these settings instead of its defaults. */
  async runPostgres(settings) {
    await this.postgres.start(settings);
    pin(this.postgres.child.pid, cores.all);
  }

  /** A token as a web application issues it. */
  token(user) {
    const now = Math.floor(Date.now() / 1000);
    const signed = `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url(
      JSON.stringify({ sub: user, iat: now, exp: now + 3600 }),
    )}`;
    return `${signed}.${createHmac('sha256', this.secret).update(signed).digest('base64url')}`;
  }

  /** A database connection like a publisher's. */
  open(file, { synchronous = 'normal' } = {}) {
    const database = new Database(file, { timeout: 5000 });
    database.pragma('journal_mode = wal');
    database.pragma(`synchronous = ${synchronous}`);
    atEnd(this.scope, () => database.close());
    return database;
  }

  /** Starts a program on these cores. It ends with the rig. Resolves once a log line matches `ready`, with program and match. */
  async start(path, args, ready, { env = {}, on = this.on, end = (program) => program.stop() } = {}) {
    const name = path.split('/').pop();
    this.scope.demandOpen();
    const program = new Program(this.scope, 'taskset', ['-c', on, path, ...args], { env, name });
    atEnd(this.scope, () => end(program));
    return { program, match: await program.line(ready) };
  }

  /** { url, pid, program } */
  async startGateway() {
    const { program, match } = await this.start(join(build, 'belfry-gateway'), ['--config', this.config], /listening on (\S+)/);
    return { url: `http://${match[1]}`, pid: program.pid, program };
  }

  /** A FastCGI program of Belfry, such as belfry-auth: { pid }. */
  async startFcgi(name, socket) {
    const args = ['--config', this.config, '--socket', socket];
    const { program } = await this.start(join(build, name), args, /listening on /, { env: environmentOf(name) });
    return { pid: program.pid };
  }

  startAuth() {
    return this.startFcgi('belfry-auth', this.authSocket);
  }

  startPublish() {
    return this.startFcgi('belfry-publish', this.publishSocket);
  }

  /** A server of peers/, run by `runtime`, that prints where it listens: { url, pid, program }. */
  async startScript(runtime, file, args = []) {
    const script = new URL(`../peers/${file}`, import.meta.url).pathname;
    const [path, ...options] = runtime;
    const env = { SECRET: this.secret, NODE_ENV: 'production' };
    const { program, match } = await this.start(path, [...options, script, ...args], /listening on (\S+)/, { env });
    return { url: `http://${match[1]}`, pid: program.pid, program };
  }

  startNode(file, args) {
    return this.startScript([process.execPath, '--expose-gc'], file, args);
  }

  /** A server that reads a file and has to be told its port: { url, pid, program }. */
  startConfigured(path, args, configuration, ready) {
    const file = join(this.folder, `${path.split('/').pop()}.conf`);
    return startOnFreePort(async (port) => {
      writeFileSync(file, configuration(port, this.folder));
      const { program } = await this.start(path, args(file, this.folder), ready, { end: (each) => each.dismiss() });
      return { url: `http://127.0.0.1:${port}`, pid: program.pid, program };
    });
  }

  /** nginx with the configuration of deploy/, on the cores of the others. */
  async startNginx(more) {
    const { folder, authSocket, publishSocket } = this;
    const { url, program } = await startWebServer(this.scope, 'nginx', { folder, authSocket, publishSocket, gateway: '127.0.0.1:1', more });
    pin(program.pid, cores.others);
    return { url, program };
  }
}

/** Calls use(rig), then ends everything that it started. What fails first is told first. */
export async function withRig(name, use, { postgres = false } = {}) {
  const scope = new Scope(name);
  let result;
  try {
    const rig = new Rig(scope);
    await (postgres ? rig.startPostgres() : rig.init());
    result = await use(rig);
  } catch (error) {
    const ending = await scope.end().catch((failure) => failure);
    if (ending) error.stack += `\nAnd when all was ended: ${ending.stack}`;
    throw error;
  }
  await scope.end();
  return result;
}
