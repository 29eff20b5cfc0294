// The environment of a benchmark: a folder, a queue, and the programs it asks for,
// with their default configuration. All of it ends with the rig.

import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { atEnd } from '../../tests/e2e/lib/end.mjs';
import { build, Program, runProgram } from '../../tests/e2e/lib/program.mjs';
import { startWebServer } from '../../tests/e2e/lib/web.mjs';

const base64url = (text) => Buffer.from(text).toString('base64url');

/** Stands in for the test that the end-to-end tests' helpers expect. */
class Scope {
  constructor(name) {
    this.name = name;
    this.ends = [];
  }

  after(action) {
    this.ends.push(action);
  }

  async end() {
    for (const action of this.ends) await action();
  }
}

export class Rig {
  constructor(scope) {
    this.scope = scope;
    this.folder = mkdtempSync(join(tmpdir(), 'belfry-bench-'));
    atEnd(scope, () => rmSync(this.folder, { recursive: true, force: true }));
    this.database = join(this.folder, 'belfry.db');
    this.sessions = join(this.folder, 'sessions.db');
    this.authSocket = join(this.folder, 'auth.sock');
    this.publishSocket = join(this.folder, 'publish.sock');
    this.config = join(this.folder, 'belfry.conf');
    this.secret = randomBytes(33).toString('base64');
    writeFileSync(join(this.folder, 'secret'), this.secret, { mode: 0o600 });
    this.configure();
  }

  configure(queue = {}, publish = {}) {
    const lines = (name, section) => [`[${name}]`, ...Object.entries(section).map(([key, value]) => `${key} = ${value}`), ''].join('\n');
    writeFileSync(
      this.config,
      `[belfry]\ndatabase = ${this.database}\n` +
        `[token]\nsecret_file = ${join(this.folder, 'secret')}\n` +
        `[gateway]\nlisten = 127.0.0.1:0\nops_listen = 127.0.0.1:0\ndrain = 0\n` +
        lines('queue', queue) +
        lines('publish', publish),
    );
  }

  async init() {
    const { code, stderr } = await runProgram(join(build, 'belfry'), ['--config', this.config, 'init', '--sessions']);
    assert.equal(code, 0, stderr);
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

  /** Starts a program that ends with the rig. Resolves once a log line matches `ready`, with program and match. */
  async start(path, args, ready, env = {}) {
    const program = new Program(this.scope, path, args, { env });
    atEnd(this.scope, () => program.stop());
    return { program, match: await program.line(ready) };
  }

  /** { url, pid } */
  async startGateway() {
    const { program, match } = await this.start(join(build, 'belfry-gateway'), ['--config', this.config], /listening on (\S+)/);
    return { url: `http://${match[1]}`, pid: program.pid };
  }

  /** { pid } */
  async startAuth() {
    const args = ['--config', this.config, '--socket', this.authSocket];
    const { program } = await this.start(join(build, 'belfry-auth'), args, /listening on /);
    return { pid: program.pid };
  }

  /** { pid } */
  async startPublish() {
    const args = ['--config', this.config, '--socket', this.publishSocket];
    const { program } = await this.start(join(build, 'belfry-publish'), args, /listening on /);
    return { pid: program.pid };
  }

  /** Starts a server of peers/: { url, pid, program }. */
  async startNode(file, args = []) {
    const script = new URL(`../peers/${file}`, import.meta.url).pathname;
    const { program, match } = await this.start(process.execPath, ['--expose-gc', script, ...args], /listening on (\S+)/, {
      SECRET: this.secret,
      NODE_ENV: 'production',
    });
    return { url: `http://${match[1]}`, pid: program.pid, program };
  }

  startNginx(more) {
    const { folder, authSocket, publishSocket } = this;
    return startWebServer(this.scope, 'nginx', { folder, authSocket, publishSocket, gateway: '127.0.0.1:1', more });
  }
}

/** Calls use(rig), then ends everything that it started. */
export async function withRig(name, use) {
  const scope = new Scope(name);
  try {
    const rig = new Rig(scope);
    await rig.init();
    return await use(rig);
  } finally {
    await scope.end();
  }
}
