// Real PostgreSQL servers, each in a folder of its own, on a Unix socket in there. They
// run as the user postgres where the tests are run by root, since PostgreSQL refuses
// root. The server of a run, which scripts/test starts (see serve-postgres.mjs), is
// named by BELFRY_TEST_POSTGRES, and has a database for each site; without one, each
// file of tests starts its own. What they run without is fsync: it is the machine's
// crash that it is for, and no test crashes that.

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
    if (oid === 20 || oid === 1700) return Number;
    if (oid === 1184) return (text) => new Date(text).toISOString();
    if (oid === 3802 || oid === 114) return (text) => JSON.stringify(JSON.parse(text));
    return pg.types.getTypeParser(oid, format);
  },
};

/** The database that those of sites are copies of. */
const TEMPLATE = 'belfry_template';

/** A server that runs, by its folder. */
export class PostgresServer {
  static #databases = 0;

  constructor(folder) {
    this.folder = folder;
  }

  url(user, database) {
    return `postgresql://${user}@/${database}?host=${this.folder}`;
  }

  /** A connection; who asks for it ends it. */
  async open(database, user = SUPERUSER) {
    const client = new pg.Client({ host: this.folder, user, database, types });
    // A server that is stopped ends its connections.
    client.on('error', () => {});
    await client.connect();
    return client;
  }

  /** A connection, that ends with the test. */
  async connect(test, database, user) {
    const client = await this.open(database, user);
    atEnd(test, () => client.end().catch(() => {}));
    return client;
  }

  /** Does this on a connection of its own. */
  async #with(database, action) {
    const client = await this.open(database);
    try {
      return await action(client);
    } finally {
      await client.end().catch(() => {});
    }
  }

  /**
   * Makes a database, for the test alone; returns its name. `fill(database)` makes what they
   * all begin with: it is called once a server, and each further database is a copy.
   */
  async makeDatabase(test, fill) {
    const name = `site_${process.pid}_${++PostgresServer.#databases}`;
    await this.#with('postgres', async (client) => {
      await this.#makeTemplate(client, fill);
      await client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
    });
    // Where the server has been stopped, its folder goes, too.
    const drop = (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    atEnd(test, () => this.#with('postgres', drop).catch(() => {}));
    return name;
  }

  /** The first of all processes makes it; the others wait for that. */
  async #makeTemplate(client, fill) {
    const stands = async () => (await client.query('SELECT FROM pg_database WHERE datname = $1', [TEMPLATE])).rowCount > 0;
    if (await stands()) return;
    await client.query('SELECT pg_advisory_lock(1)');
    if (!(await stands())) {
      await client.query('DROP DATABASE IF EXISTS template_in_the_making');
      await client.query('CREATE DATABASE template_in_the_making');
      await fill('template_in_the_making');
      await client.query(`ALTER DATABASE template_in_the_making RENAME TO ${TEMPLATE}`);
    }
    await client.query('SELECT pg_advisory_unlock(1)');
  }
}

/** A server that this process starts, and that ends with it. */
export class OwnPostgresServer extends PostgresServer {
  constructor() {
    super(mkdtempSync(join(tmpdir(), 'belfry-postgres-')));
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
    const all = [
      'listen_addresses=', 'shared_buffers=16MB', 'max_connections=300', 'fsync=off', 'autovacuum_naptime=1h', ...settings,
    ];
    const [program, ...args] = command('postgres', [
      '-D', join(this.folder, 'data'), '-k', this.folder, ...all.flatMap((each) => ['-c', each]),
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
}

/** A server for one test, which may stop it. */
export async function ownPostgresServer() {
  const own = new OwnPostgresServer();
  await own.start();
  return own;
}

let shared;

/** The server of the run, or else of this process. */
export function postgresServer() {
  const folder = process.env.BELFRY_TEST_POSTGRES;
  shared ??= folder ? Promise.resolve(new PostgresServer(folder)) : ownPostgresServer();
  return shared;
}

/** The rows of the last statement that has any. */
export async function rowsOf(client, text) {
  const results = [await client.query(text)].flat();
  assert.ok(results.length > 0);
  return results.at(-1).rows;
}
