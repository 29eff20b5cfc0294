// Real PostgreSQL servers (postgres-server.mjs). The server of a run, which scripts/test
// starts (see serve-postgres.mjs), is named by BELFRY_TEST_POSTGRES, and has a database
// for each site; without one, each file of tests starts its own. They run without fsync,
// which is for the crash of a machine: no test crashes that.

import { execFileSync } from 'node:child_process';
import pg from 'pg';
import { atEnd } from './end.mjs';
import { ServerProcess, SUPERUSER } from './postgres-server.mjs';

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
    await this.#with('postgres', (client) => this.#makeTemplate(client, fill));
    return this.#makeCopy(test, TEMPLATE);
  }

  /** Makes a database without a queue, for the test alone; returns its name. */
  makeEmptyDatabase(test) {
    return this.#makeCopy(test, 'template1');
  }

  async #makeCopy(test, template) {
    const name = `site_${process.pid}_${++PostgresServer.#databases}`;
    await this.#with('postgres', (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
    // Where the server has been stopped, its folder goes, too.
    const drop = async (client) => {
      // A test may have named a standby that is not there, for which a commit would wait.
      await client.query('SET synchronous_commit = local');
      await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    };
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
  #server;

  constructor(how) {
    const server = new ServerProcess(how);
    super(server.folder);
    this.#server = server;
  }

  /** Starts it, with these settings. */
  start(settings = []) {
    return this.#server.start(['shared_buffers=16MB', 'max_connections=300', 'fsync=off', 'autovacuum_naptime=1h', ...settings]);
  }

  /** The ids of its processes. */
  get pids() {
    const { pid } = this.#server.child;
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', pid], { encoding: 'utf8' });
    return [pid, ...children.trim().split(/\s+/).map(Number)];
  }

  /** Ends it: SIGINT, in order; SIGQUIT, as a crash; SIGTERM would wait for its clients. */
  stop(signal) {
    return this.#server.stop(signal);
  }
}

/** A server for one test, which may stop it. */
export async function ownPostgresServer(how) {
  const own = new OwnPostgresServer(how);
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
  return results.findLast(({ fields }) => fields.length > 0)?.rows ?? [];
}
