// The queue in PostgreSQL. The server has the settings that it comes with, on a Unix socket, fsync included.

import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { createAdapter } from '@socket.io/postgres-adapter';
import pg from 'pg';
import { Server } from 'socket.io';
import { atEnd } from '../../tests/e2e/lib/end.mjs';
import { SUPERUSER } from '../../tests/e2e/lib/postgres-server.mjs';
import { eventually } from '../../tests/e2e/lib/wait.mjs';
import { compare, curve } from '../lib/compare.mjs';
import { costOfPublishing, load, perDelivery, sinceCommit } from '../lib/load.mjs';
import { databaseSeconds, explainGateways, fill, loggedPlans, publish, silence } from '../lib/postgres.mjs';
import { cores, processorSeconds } from '../lib/process.mjs';
import { withRig } from '../lib/rig.mjs';
import { rounds, spread } from '../lib/rounds.mjs';
import { ring } from './latency.mjs';

const POSTGRES = { postgres: true };
const POLLED = { queue: { notify: 'no' } };
// What one client of the generator may do is more than what a browser may.
const OPEN = { rate: 1_000_000, burst: 1_000_000 };
const INSERT = 'INSERT INTO belfry.notifications (user_id, title, body) VALUES ($1, $2, $3)';

const inDatabase = { key: 'database', label: 'PostgreSQL’s CPU a row', unit: 'µs' };
const ofServer = { key: 'cpu', label: 'server CPU a row', unit: 'µs' };

/** A queue in a file, on the same cores. */
function everywhere(rig) {
  rig.on = rig.generatorOn = cores.all;
}

/** An application's connections, of which each INSERT takes one. */
function poolOf(rig, user) {
  const pool = new pg.Pool({ host: rig.postgres.folder, user, database: SUPERUSER, max: 4 });
  pool.on('error', () => {});
  atEnd(rig.scope, () => pool.end());
  return pool;
}

function publisher(rig) {
  const pool = poolOf(rig, 'shop');
  return (...values) => pool.query({ name: 'insert', text: INSERT, values });
}

const rung = (count, settings) => () =>
  withRig('postgres-latency', async (rig) => {
    rig.configure(settings);
    if (settings) await silence(rig);
    return ring(rig, await rig.startGateway(), { count, insert: publisher(rig) });
  }, POSTGRES);

const rungFromFile = (count) => () =>
  withRig('postgres-latency-file', async (rig) => {
    everywhere(rig);
    return ring(rig, await rig.startGateway(), { count });
  });

/** The application has the adapter, too, and no clients: it emits behind its COMMIT. */
async function applicationOf(rig) {
  const application = new Server(createServer(), { adapter: createAdapter(poolOf(rig, SUPERUSER)) });
  atEnd(rig.scope, () => application.close());
  const listening = () => rig.sql(`SELECT FROM pg_stat_activity WHERE query LIKE 'LISTEN %'`);
  await eventually(async () => (await listening()).length === 2, 'both servers to listen');
  return ({ user, ...notification }) => application.to(`user:${user}`).emit('notification', notification);
}

const rungByAdapter = (count) => () =>
  withRig('postgres-latency-socketio', async (rig) => {
    await silence(rig);
    const node = await rig.startNode('socketio-postgres.mjs', [rig.postgres.folder, SUPERUSER, SUPERUSER]);
    return ring(rig, node, { count, insert: publisher(rig), tell: await applicationOf(rig) });
  }, POSTGRES);

export async function postgresLatency(context) {
  const count = Math.round(300 * context.scale);
  return [
    await compare(context, {
      title: 'PostgreSQL: COMMIT to the `notification` event of `socket.io-client`, 100 rows a second',
      note: 'An event that is there before its publisher knows of the commit has taken no time. Centrifugo’s authors name about 2 ms from publishing to delivery, and some 17,000 publications a second, for their stream broker in PostgreSQL, measured by its integration tests on an Apple M4 (“Transactional publishing for stream subscriptions with PostgreSQL”, centrifugal.dev, May 2026).',
      columns: [
        { key: 'p50', label: 'p50', unit: 'ms' },
        { key: 'p99', label: 'p99', unit: 'ms' },
        { key: 'worst', label: 'worst', unit: 'ms' },
        ofServer,
        inDatabase,
      ],
      sides: {
        notify: { label: 'Belfry, PostgreSQL with NOTIFY', measure: rung(count) },
        poll: { label: 'Belfry, PostgreSQL with `notify = no`', measure: rung(count, POLLED) },
        file: { label: 'Belfry, SQLite', measure: rungFromFile(count) },
        adapter: { label: 'Socket.IO with @socket.io/postgres-adapter, the application emits behind its COMMIT', measure: rungByAdapter(count) },
      },
    }),
  ];
}

/** Calls measure(rig, server) and adds what the database used for each row. */
async function atRate(rig, { rate, seconds }) {
  const server = await rig.startGateway();
  let database;
  const onPhase = (phase) => {
    if (phase === 'measure' && rig.postgres) database = -databaseSeconds(rig);
    if (phase === 'end' && rig.postgres) database += databaseSeconds(rig);
  };
  const open = await load(rig, { dialect: 'belfry-plain', server, mode: 'rows', connections: 1000, rate, publishers: 4, outstanding: 0, seconds, warm: 0.5, onPhase });
  return { ...sinceCommit(open), cpu: perDelivery(open), database: database / open.delivered, commit: costOfPublishing(open).commit };
}

const wired = (seconds, settings = {}) => (rate) =>
  withRig('postgres-rates', async (rig) => {
    rig.configure({ gateway: OPEN, ...settings });
    if (settings.queue) await silence(rig);
    return atRate(rig, { rate, seconds });
  }, POSTGRES);

const wiredFromFile = (seconds) => (rate) =>
  withRig('postgres-rates-file', async (rig) => {
    everywhere(rig);
    rig.configure({ gateway: OPEN });
    return atRate(rig, { rate, seconds });
  });

export async function postgresRates(context) {
  const seconds = 1.5 * context.scale;
  return [
    await curve(context, {
      title: 'PostgreSQL: COMMIT to client, a commit for each row, four publishers',
      x: { label: 'rows a second', log: true },
      xs: [100, 1000, 2000],
      columns: [
        { key: 'p50', label: 'p50', unit: 'ms' },
        { key: 'p99', label: 'p99', unit: 'ms' },
        ofServer,
        { ...inDatabase, plot: false },
        { key: 'commit', label: 'p50 of a commit', unit: 'ms', plot: false },
      ],
      sides: {
        notify: { label: 'PostgreSQL with NOTIFY', measure: wired(seconds) },
        poll: { label: 'PostgreSQL with `notify = no`', measure: wired(seconds, POLLED) },
        file: { label: 'SQLite', measure: wiredFromFile(seconds) },
      },
    }),
  ];
}

const USERS = 2000;

/** When the last row is marked. Rows are looked for every few milliseconds, by an index that has only those. */
async function allMarked(rig) {
  while ((await rig.sql(`SELECT FROM belfry.notifications WHERE status = 'pending' AND archived_at IS NULL LIMIT 1`)).length > 0) await pause(5);
  return performance.now();
}

const rowsIn = async (rig) => Number((await rig.sql('SELECT count(*) FROM belfry.notifications'))[0].count);

/** Each gateway has its share of the users, and a generator that publishes to these. */
async function sideBySide(rig, count, options) {
  const servers = [];
  while (servers.length < count) servers.push(await rig.startGateway());
  const used = () => ({ at: performance.now(), cpu: servers.reduce((sum, { pid }) => sum + processorSeconds(pid), 0), database: databaseSeconds(rig) });
  const [measuring, draining] = [[], []];
  let before;
  let marked;
  const onPhase = (server) => async (phase) => {
    if (phase === 'measure' && measuring.push(server) === count) before = { ...used(), rows: await rowsIn(rig) };
    if (phase === 'drain' && draining.push(server) === count) marked = allMarked(rig).then((at) => ({ ...used(), at }));
  };
  const users = Math.round(options.users / count);
  await Promise.all(servers.map((server, index) =>
    load(rig, {
      dialect: 'belfry-plain', server, mode: 'rows', connections: users, first: index * users, 'publisher-id': index * options.publishers, publishers: options.publishers,
      batch: options.batch, outstanding: options.outstanding, seconds: options.seconds, warm: 0.5, patience: 30, onPhase: onPhase(server),
    })));
  const after = await marked;
  const rows = (await rowsIn(rig)) - before.rows;
  return { rate: rows / ((after.at - before.at) / 1000), cpu: (after.cpu - before.cpu) / rows, database: (after.database - before.database) / rows };
}

const gatewaysAt = ({ settings, ...options }) => (count) =>
  withRig('postgres-gateways', async (rig) => {
    rig.configure({ gateway: OPEN, ...settings });
    if (settings) await silence(rig);
    return sideBySide(rig, count, options);
  }, POSTGRES);

export async function postgresGateways(context) {
  const users = Math.max(40, Math.round(USERS * context.scale));
  const seconds = 1.5 * context.scale;
  return [
    await curve(context, {
      title: `PostgreSQL: rows to ${users.toLocaleString('en-GB')} users on several gateways, as fast as it goes: committed, delivered, confirmed and marked`,
      note: `All of it (gateways, PostgreSQL, publishers, clients) shares ${cores.count} cores. The clock stops when the last row is marked.`,
      x: { label: 'gateways' },
      xs: [1, 2, 4],
      columns: [
        { key: 'rate', label: 'rows a second', unit: 'count' },
        { ...ofServer, label: 'all gateways’ CPU a row' },
        inDatabase,
      ],
      sides: {
        batches: { label: '100 rows in a commit', measure: gatewaysAt({ users, seconds, batch: 100, publishers: 1, outstanding: 400 }) },
        single: {
          label: 'a commit for each, four publishers a gateway, `notify = no`',
          measure: gatewaysAt({ users, seconds, batch: 1, publishers: 4, outstanding: 512, settings: POLLED }),
        },
      },
    }),
  ];
}

/** Publishers by themselves, then beside a gateway that has nobody to tell. */
const publishing = (seconds, { wake, settings, gateway = false }) => (publishers) =>
  withRig('postgres-notify', async (rig) => {
    if (!wake) await silence(rig);
    rig.configure(settings);
    if (gateway) await rig.startGateway();
    await publish(rig, { publishers, seconds: 1 });
    return publish(rig, { publishers, seconds });
  }, POSTGRES);

export async function postgresNotify(context) {
  const seconds = Math.max(1, Math.round(2 * context.scale));
  return [
    await curve(context, {
      title: 'PostgreSQL: what NOTIFY costs publishers',
      note: 'Single rows, each in a commit of its own, by pgbench, as fast as it goes.',
      x: { label: 'publishers' },
      xs: [1, 8],
      columns: [
        { key: 'rate', label: 'commits a second', unit: 'count' },
        { key: 'commit', label: 'a commit takes', unit: 'ms' },
        { ...inDatabase, label: 'PostgreSQL’s CPU a commit' },
      ],
      sides: {
        bare: { label: 'no gateway, no NOTIFY', measure: publishing(seconds, { wake: false }) },
        unheard: { label: 'no gateway, NOTIFY', measure: publishing(seconds, { wake: true }) },
        polled: { label: 'a gateway with `notify = no`, no NOTIFY', measure: publishing(seconds, { wake: false, gateway: true, settings: POLLED }) },
        heard: { label: 'a gateway, NOTIFY', measure: publishing(seconds, { wake: true, gateway: true }) },
      },
    }),
  ];
}

const ROWS = [0, 100_000, 1_000_000, 10_000_000];

async function measureSize(rig, seconds) {
  const server = await rig.startGateway();
  let database;
  const onPhase = (phase) => {
    if (phase === 'measure') database = -databaseSeconds(rig);
    if (phase === 'end') database += databaseSeconds(rig);
  };
  const result = await load(rig, { dialect: 'belfry-plain', server, mode: 'rows', connections: 500, batch: 10, outstanding: 100, seconds, warm: 0.5, onPhase });
  await server.program.stop();
  return { connect: result.cpu.connect / 500, rate: result.per_second, cpu: perDelivery(result), database: database / result.delivered };
}

const cut = (text, length) => (text.length > length ? `${text.slice(0, length)} …` : text);

/** What the gateway asks, and how it is answered; throws where one of these tables is read from its begin to its end. */
const SCANNED = /Seq Scan on (notifications|messages|broadcasts|changes)/;

async function explained(rig) {
  await explainGateways(rig);
  await measureSize(rig, 0.5);
  const plans = loggedPlans(rig);
  const scanned = plans.find(({ plan }) => SCANNED.test(plan));
  if (scanned || plans.length === 0) throw new Error(`a sequential scan, or no plan at all:\n${scanned?.statement}\n${scanned?.plan}`);
  const shown = plans.filter(({ plan }) => /on notifications/.test(plan));
  return shown.map(({ statement, plan }) => `${cut(statement.replaceAll(/\s+/g, ' '), 160)}\n\n${plan}`).join('\n\n');
}

/** The table only grows, so the sizes come one after the other rather than by turns. */
export async function postgresSize({ quiet, runs, scale }) {
  return withRig('postgres-size', async (rig) => {
    rig.configure({ gateway: OPEN });
    const points = [];
    for (const x of ROWS.map((rows) => Math.round(rows * scale))) {
      await fill(rig, x);
      const samples = await rounds(quiet, runs, { postgres: () => measureSize(rig, 1.2 * scale) });
      points.push({ x, figures: spread(samples.postgres) });
    }
    return [
      {
        kind: 'curve',
        title: 'PostgreSQL: rows in the table',
        note: 'Delivered rows of other users; then rows are committed, ten in a commit, as fast as they are delivered. One size after the other, since the table only grows.',
        x: { label: 'rows in the table', log: true },
        columns: [
          { key: 'connect', label: 'server CPU to connect one', unit: 'µs' },
          { key: 'rate', label: 'rows a second', unit: 'count' },
          ofServer,
          inDatabase,
        ],
        lines: [{ name: 'postgres', label: 'Belfry, plain', points }],
      },
      {
        kind: 'text',
        title: 'PostgreSQL: the gateway’s statements on notifications in the largest table',
        note: 'As auto_explain logged them while rows were delivered: of each statement the run that took longest. The bench fails where a statement reads notifications, messages, broadcasts or changes sequentially.',
        text: await explained(rig),
      },
    ];
  }, POSTGRES);
}
