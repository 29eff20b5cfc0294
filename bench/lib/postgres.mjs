// The queue in PostgreSQL, for a bench: processor time of gateways and server, publishers by pgbench, many rows, and what
// the server does for a gateway's statements.

import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SUPERUSER } from '../../tests/e2e/lib/postgres-server.mjs';
import { cores, endedSeconds, processorSeconds } from './process.mjs';

const run = promisify(execFile);
const pgbench = () => join(execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim(), 'pgbench');

const PUBLISH = `\\set user random(1, 2000)
INSERT INTO belfry.notifications (user_id, title, body) VALUES (concat('user-', :user::text), 'Hello', 'See you at eight');
`;

/** Seconds that the server's processes have run so far: it has one for each connection, so many have ended. */
export const databaseSeconds = ({ postgres }) => processorSeconds(postgres.child.pid) + endedSeconds(postgres.child.pid);

/** Rows in single commits, as fast as so many publishers can: { rate, commit, database }, the latter two in seconds. */
export async function publish(rig, { publishers, seconds }) {
  const script = join(rig.folder, 'publish.sql');
  writeFileSync(script, PUBLISH);
  const before = databaseSeconds(rig);
  const args = ['-n', '-M', 'prepared', '-f', script, '-c', publishers, '-j', Math.min(publishers, cores.count), '-T', seconds];
  const { stdout } = await run('taskset', ['-c', cores.all, pgbench(), '-h', rig.postgres.folder, '-U', 'shop', ...args.map(String), SUPERUSER]);
  const figure = (pattern) => Number(stdout.match(pattern)[1]);
  const rows = figure(/actually processed: (\d+)/);
  return { rate: figure(/tps = ([\d.]+)/), commit: figure(/latency average = ([\d.]+) ms/) / 1000, database: (databaseSeconds(rig) - before) / rows };
}

/** What an administrator does where no gateway waits for NOTIFY. */
export const silence = (rig) => rig.sql('ALTER TABLE belfry.notifications DISABLE TRIGGER notifications_wake');

// While rows are made: nothing of it is measured.
const HASTY = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'wal_level=minimal', 'max_wal_senders=0', 'max_wal_size=16GB', 'autovacuum=off', 'maintenance_work_mem=512MB'];
const TABLE = 'belfry.notifications';

const CONSTRAINTS = `SELECT format('%I', conname) AS name, pg_get_constraintdef(oid) || CASE contype WHEN 'c' THEN ' NOT VALID' ELSE '' END AS made
  FROM pg_constraint WHERE conrelid = '${TABLE}'::regclass`;
const INDEXES = `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made FROM pg_index
  WHERE indrelid = '${TABLE}'::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`;

/** Delivered rows of users who never come, with the ids behind `last`, by several connections. */
function insertRows(rig, last, count) {
  const share = Math.ceil(count / cores.count);
  const parts = Array.from({ length: cores.count }, (_, index) => [last + 1 + index * share, last + Math.min(count, (index + 1) * share)]);
  return Promise.all(parts.map(async ([from, to]) => {
    const connection = await rig.connect(SUPERUSER);
    await connection.query('SET session_replication_role = replica');
    await connection.query(`INSERT INTO ${TABLE} (id, user_id, title, status, delivered_at) OVERRIDING SYSTEM VALUE
      SELECT n, 'past-' || n / 100, 'See you at eight', 'delivered', clock_timestamp() FROM generate_series(${from}::bigint, ${to}::bigint) AS n`);
    await connection.end();
  }));
}

async function restart(rig, settings) {
  await rig.owner?.end();
  rig.owner = undefined;
  await rig.postgres.stop();
  await rig.runPostgres(settings);
}

/** Adds rows until there are so many, without indexes and constraints, and makes these again. */
export async function fill(rig, rows) {
  const [{ count, last }] = await rig.sql(`SELECT count(*)::int, coalesce(max(id), 0)::int AS last FROM ${TABLE}`);
  if (count >= rows) return;
  await restart(rig, HASTY);
  const constraints = await rig.sql(CONSTRAINTS);
  const indexes = await rig.sql(INDEXES);
  await rig.sql([...constraints.map(({ name }) => `ALTER TABLE ${TABLE} DROP CONSTRAINT ${name}`), ...indexes.map(({ name }) => `DROP INDEX ${name}`)].join(';'));
  await insertRows(rig, last, rows - count);
  for (const { name, made } of constraints) await rig.sql(`ALTER TABLE ${TABLE} ADD CONSTRAINT ${name} ${made}`);
  for (const { made } of indexes) await rig.sql(made);
  await rig.sql(`SELECT setval(pg_get_serial_sequence('${TABLE}', 'id'), ${last + rows - count})`);
  await rig.sql(`VACUUM ANALYZE ${TABLE}`);
  await restart(rig);
}

/** From now on the server logs the plan of each statement of a gateway that connects. */
export const explainGateways = (rig) =>
  rig.sql(`ALTER ROLE gate SET session_preload_libraries = 'auto_explain'; ALTER ROLE gate SET auto_explain.log_min_duration = 0;
    ALTER ROLE gate SET auto_explain.log_analyze = on; ALTER ROLE gate SET auto_explain.log_timing = off`);

/** The plans that were logged so far: [{ statement, plan }], the longest-running of each statement. */
export function loggedPlans(rig) {
  const entries = rig.postgres.log.split(/^(?=\d{4}-\d\d-\d\d )/m).filter((entry) => entry.includes('Query Text: '));
  const plans = entries.map((entry) => {
    const [, ms] = entry.match(/duration: ([\d.]+) ms/);
    const [, statement, plan] = entry.match(/Query Text: ([^]*?)\n\t((?:[A-Z]\w+ )+.*\(cost=[^]*)/) ?? [];
    return { ms: Number(ms), statement, plan: plan?.replaceAll(/^\t/gm, '').trimEnd() };
  });
  const longest = new Map();
  for (const each of plans.filter(({ plan }) => plan)) if (!(longest.get(each.statement)?.ms >= each.ms)) longest.set(each.statement, each);
  return [...longest.values()];
}
