// A real PostgreSQL server, one for all tests of a file, in a folder of its own, on a
// Unix socket in there, with fsync on. It runs as the user postgres where the tests are
// run by root, since it refuses root, and ends with this process.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { atEnd } from './end.mjs';
import { within } from './wait.mjs';

const SUPERUSER = 'postgres';
const asRoot = process.getuid() === 0;
const bindir = () => execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();

/** The user's ids, from passwd(5). */
function userIds(name) {
  const line = readFileSync('/etc/passwd', 'utf8').split('\n').find((each) => each.startsWith(`${name}:`));
  return line.split(':').slice(2, 4).map(Number);
}

/** The command line for a program of the server: not as root, and not longer than this process. */
function command(program, args) {
  const whole = [join(bindir(), program), ...args];
  const drop = asRoot ? [`--reuid=${SUPERUSER}`, `--regid=${SUPERUSER}`, '--clear-groups'] : [];
  return ['setpriv', ...drop, '--pdeathsig', 'KILL', ...whole];
}

// Numbers and times as SQLite's tables have them.
const types = {
  getTypeParser: (oid, format) => {
    if (oid === 20) return Number;
    if (oid === 1184) return (text) => new Date(text).toISOString();
    if (oid === 3802 || oid === 114) return (text) => text;
    return pg.types.getTypeParser(oid, format);
  },
};

export class PostgresServer {
  #databases = 0;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'belfry-postgres-'));
    if (asRoot) chownSync(this.folder, ...userIds(SUPERUSER));
    const [program, ...args] = command('initdb', ['-D', join(this.folder, 'data'), '-U', SUPERUSER, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']);
    execFileSync(program, args, { stdio: 'pipe', cwd: '/' });
    process.once('exit', () => {
      this.child?.kill('SIGKILL');
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** Starts it, with these settings. */
  async start(settings = []) {
    const [program, ...args] = command('postgres', [
      '-D', join(this.folder, 'data'), '-k', this.folder, '-c', 'listen_addresses=', '-c', 'shared_buffers=16MB',
      ...settings.flatMap((each) => ['-c', each]),
    ]);
    this.child = spawn(program, args, { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
    this.log = '';
    const ready = new Promise((resolve, reject) => {
      this.child.stderr.setEncoding('utf8').on('data', (text) => {
        this.log += text;
        if (this.log.includes('ready to accept connections')) resolve();
      });
      this.ended.then(() => reject(new Error(`postgres ended:\n${this.log}`)));
    });
    await within(ready, 'the server to be ready');
    ready.catch(() => {});
    // It must not keep this process.
    this.child.unref();
    this.child.stderr.unref();
  }

  /** Ends it: SIGINT, in order; SIGQUIT, as a crash; SIGTERM would wait for its clients. */
  async stop(signal = 'SIGINT') {
    this.child.ref();
    this.child.kill(signal);
    await within(this.ended, 'the server to end');
  }

  url(user, database) {
    return `postgresql://${user}@/${database}?host=${this.folder}`;
  }

  /** A connection, that ends with the test. */
  async connect(test, database, user = SUPERUSER) {
    const client = new pg.Client({ host: this.folder, user, database, types });
    // A server that is stopped ends its connections.
    client.on('error', () => {});
    await client.connect();
    atEnd(test, () => client.end().catch(() => {}));
    return client;
  }

  /** Makes a database, for the test alone; returns its name. */
  async makeDatabase(test) {
    const name = `test${++this.#databases}`;
    const client = await this.connect(test, 'postgres');
    await client.query(`CREATE DATABASE ${name}`);
    return name;
  }
}

let server;

/** The server of this process, running. */
export async function postgresServer() {
  if (!server) {
    server = new PostgresServer();
    await server.start();
  }
  return server;
}

/** The rows of the last statement that has any. */
export async function rowsOf(client, text) {
  const results = [await client.query(text)].flat();
  assert.ok(results.length > 0);
  return results.at(-1).rows;
}
