// Sessions in PostgreSQL, as the libraries that web sites use write them there:
// whoever signs in by the library gets a token and connects, and whoever signs out
// is disconnected.

import assert from 'node:assert/strict';
import { randomBytes, webcrypto } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import PostgresAdapter from '@auth/pg-adapter';
import { DrizzleAdapter } from '@auth/drizzle-adapter';
import { KyselyAdapter } from '@auth/kysely-adapter';
import { PrismaAdapter } from '@auth/prisma-adapter';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { drizzle } from 'drizzle-orm/node-postgres';
import { boolean, integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { jwtVerify } from 'jose';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { atEnd, build, documented, eventually, openSite, plainClient, runProgram } from './harness.mjs';
import { startPgbouncer } from './lib/pgbouncer.mjs';
import { ownPostgresServer, postgresServer } from './lib/postgres.mjs';
import { prismaClient } from './lib/prisma.mjs';

// Node 18 has it under another name.
globalThis.crypto ??= webcrypto;
const { Auth } = await import('@auth/core');

const PATH = '/api/websocket/auth';
const ORIGIN = 'http://localhost';
const COOKIE = 'authjs.session-token';
const REVOKED = { code: 'session_revoked', close: 4403 };
// Another time zone than UTC shows where a time is read in the wrong one.
const ZONE = 'Asia/Kolkata';

/**
 * A site whose sessions are in an application's database of its own, which the programs
 * log in to as `reader`, who may read and no more. `pool` is the application's.
 */
async function applicationSite(t, { own, settings = {}, ...options } = {}) {
  const site = await openSite(t, { gateway: false, ...options });
  const server = own ? await ownPostgresServer() : await postgresServer();
  const name = await server.makeEmptyDatabase(t);
  const url = server.url('postgres', name);
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => {});
  atEnd(t, () => pool.end());
  await pool.query(`DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    ALTER DATABASE ${name} SET timezone = '${ZONE}';
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO reader`);
  const database = server.url('reader', name);
  const { check = '1s', ...auth } = settings;
  site.configure({ auth: { session_database: database, ...auth }, gateway: { session_check: check } });
  const start = async (env) => {
    await site.startGateway();
    await site.startAuth({ env });
    const web = await site.startWeb('nginx');
    const ask = (cookie) => fetch(web + PATH, { headers: { cookie } });
    const tokenOf = async (cookie) => {
      const answer = await ask(cookie);
      assert.equal(answer.status, 200);
      const { token } = await answer.json();
      site.secrets.add(token);
      const { payload } = await jwtVerify(token, Buffer.from(site.secret));
      return { token, ...payload };
    };
    return { ask, tokenOf };
  };
  return { site, server, name, url, pool, start };
}

async function connect(t, site, token) {
  const client = plainClient(t, `${site.url}/ws`, { token });
  await client.event('connected');
  return client;
}

async function refusal(t, site, token) {
  const client = plainClient(t, `${site.url}/ws`, { token });
  const { code } = await client.event('error');
  return { code, close: (await client.closed()).close };
}

const cookiesOf = (answer) => answer.headers.getSetCookie().map((each) => each.split(';')[0]);

/** Auth.js with this adapter, and sessions in its database: signing in by a link, and out. */
function authjsSite(site, adapter) {
  let link;
  const config = {
    adapter,
    basePath: '/auth',
    secret: randomBytes(33).toString('base64'),
    trustHost: true,
    session: { strategy: 'database' },
    logger: { error: (error) => { throw error; } },
    providers: [{
      id: 'link', type: 'email', name: 'Link', from: 'site@example.com', maxAge: 600, options: {},
      sendVerificationRequest: ({ url }) => { link = url; },
    }],
  };
  const call = (path, cookie = '', form) => Auth(new Request(`${ORIGIN}${path}`, {
    headers: { cookie, ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) },
    ...(form && { method: 'POST', body: new URLSearchParams(form) }),
  }), config);
  const csrf = async () => {
    const answer = await call('/auth/csrf');
    return { csrfToken: (await answer.json()).csrfToken, cookies: cookiesOf(answer) };
  };
  return {
    async signIn(email) {
      const { csrfToken, cookies } = await csrf();
      await call('/auth/signin/link', cookies.join('; '), { csrfToken, email });
      const answer = await call(link.slice(ORIGIN.length));
      const cookie = cookiesOf(answer).find((each) => each.startsWith(`${COOKIE}=`));
      site.secrets.add(cookie.slice(COOKIE.length + 1));
      return cookie;
    },
    async session(cookie) {
      return (await call('/auth/session', cookie)).json();
    },
    async signOut(cookie) {
      const { csrfToken, cookies } = await csrf();
      await call('/auth/signout', [cookie, ...cookies].join('; '), { csrfToken });
    },
  };
}

const TABLES_OF_PG = `CREATE TABLE verification_token (identifier TEXT NOT NULL, expires TIMESTAMPTZ NOT NULL, token TEXT NOT NULL, PRIMARY KEY (identifier, token));
  CREATE TABLE accounts (id SERIAL PRIMARY KEY, "userId" INTEGER NOT NULL, type VARCHAR(255) NOT NULL, provider VARCHAR(255) NOT NULL, "providerAccountId" VARCHAR(255) NOT NULL, refresh_token TEXT, access_token TEXT, expires_at BIGINT, id_token TEXT, scope TEXT, session_state TEXT, token_type TEXT);
  CREATE TABLE sessions (id SERIAL PRIMARY KEY, "userId" INTEGER NOT NULL, expires TIMESTAMPTZ NOT NULL, "sessionToken" VARCHAR(255) NOT NULL);
  CREATE TABLE users (id SERIAL PRIMARY KEY, name VARCHAR(255), email VARCHAR(255), "emailVerified" TIMESTAMPTZ, image TEXT)`;

const TABLES_OF_KYSELY = `CREATE TABLE "User" (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text, email text UNIQUE NOT NULL, "emailVerified" timestamptz, image text);
  CREATE TABLE "Session" (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), "userId" uuid NOT NULL REFERENCES "User" ON DELETE CASCADE, "sessionToken" text UNIQUE NOT NULL, expires timestamptz NOT NULL);
  CREATE TABLE "VerificationToken" (identifier text NOT NULL, token text UNIQUE NOT NULL, expires timestamptz NOT NULL)`;

const MODELS_OF_PRISMA = `
model User {
  id            String    @id @default(cuid())
  name          String?
  email         String    @unique
  emailVerified DateTime?
  image         String?
  sessions      Session[]
}
model Session {
  sessionToken String   @unique
  userId       String
  expires      DateTime
  user         User     @relation(fields: [userId], references: [id], onDelete: Cascade)
}
model VerificationToken {
  identifier String
  token      String
  expires    DateTime
  @@id([identifier, token])
}
`;

/** The tables that Auth.js' manual has for Drizzle. */
function tablesOfDrizzle() {
  const users = pgTable('user', {
    id: text('id').primaryKey().$defaultFn(() => crypto.randomUUID()),
    name: text('name'),
    email: text('email').unique(),
    emailVerified: timestamp('emailVerified', { mode: 'date' }),
    image: text('image'),
  });
  const userId = () => text('userId').notNull().references(() => users.id, { onDelete: 'cascade' });
  return {
    usersTable: users,
    accountsTable: pgTable('account', {
      userId: userId(), type: text('type').notNull(), provider: text('provider').notNull(),
      providerAccountId: text('providerAccountId').notNull(), expires_at: integer('expires_at'), shared: boolean('shared'),
    }, (account) => [primaryKey({ columns: [account.provider, account.providerAccountId] })]),
    sessionsTable: pgTable('session', {
      sessionToken: text('sessionToken').primaryKey(),
      userId: userId(),
      expires: timestamp('expires', { mode: 'date' }).notNull(),
    }),
    verificationTokensTable: pgTable('verificationToken', {
      identifier: text('identifier').notNull(), token: text('token').notNull(), expires: timestamp('expires', { mode: 'date' }).notNull(),
    }, (token) => [primaryKey({ columns: [token.identifier, token.token] })]),
  };
}

const adapters = {
  async pg({ pool }) {
    await pool.query(TABLES_OF_PG);
    return PostgresAdapter(pool);
  },
  async Kysely({ pool }) {
    await pool.query(TABLES_OF_KYSELY);
    return KyselyAdapter(new Kysely({ dialect: new PostgresDialect({ pool }) }));
  },
  async Drizzle({ pool }) {
    const { generateDrizzleJson, generateMigration } = await import('drizzle-kit/api');
    const tables = tablesOfDrizzle();
    const statements = await generateMigration(generateDrizzleJson({}), generateDrizzleJson(tables));
    for (const statement of statements) await pool.query(statement);
    return DrizzleAdapter(drizzle(pool), tables);
  },
  async Prisma({ site, pool, url, t }) {
    const prisma = await prismaClient(site.folder, pool, url, MODELS_OF_PRISMA);
    atEnd(t, () => prisma.$disconnect());
    return PrismaAdapter(prisma);
  },
};

for (const [name, make] of Object.entries(adapters)) {
  test(`who signs in by Auth.js' ${name} adapter connects, and who signs out is disconnected`, async (t) => {
    const { site, start, ...application } = await applicationSite(t);
    const auth = authjsSite(site, await make({ t, site, ...application }));
    const { ask, tokenOf } = await start();
    const here = await auth.signIn('ada@example.com');
    const there = await auth.signIn('ada@example.com');
    const says = await auth.session(here);
    const token = await tokenOf(here);
    assert.equal(token.email, says.user.email);
    assert.ok(Math.abs(token.exp - token.iat - 3600) < 5);
    assert.match(token.belfry_sid, /^[\w-]{22}\.[\w-]{40,}$/);
    assert.ok(!token.belfry_sid.includes(Buffer.from(here.split('=')[1]).toString('base64url').slice(0, 20)));

    const leaving = await connect(t, site, token.token);
    const staying = await connect(t, site, (await tokenOf(there)).token);
    await auth.signOut(here);
    assert.equal(await auth.session(here), null);
    assert.equal((await ask(here)).status, 401);
    assert.equal((await leaving.closed()).close, 4401);
    assert.deepEqual(await refusal(t, site, token.token), REVOKED);
    assert.equal(staying.socket.readyState, staying.socket.OPEN);
  });
}

test('who signs in by Better Auth connects, and who signs out is disconnected', async (t) => {
  const { site, pool, start } = await applicationSite(t, { settings: { session_sources: 'better_auth' } });
  const secret = randomBytes(33).toString('base64');
  site.secrets.add(secret);
  const auth = betterAuth({
    baseURL: ORIGIN, secret, database: pool, emailAndPassword: { enabled: true }, telemetry: { enabled: false },
  });
  await (await getMigrations(auth.options)).runMigrations();
  const { headers } = await auth.api.signUpEmail({
    body: { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' }, returnHeaders: true,
  });
  const [cookie] = headers.get('set-cookie').match(/better-auth\.session_token=[^;]+/);
  site.secrets.add(cookie.slice(cookie.indexOf('=') + 1));
  const { ask, tokenOf } = await start({ BETTER_AUTH_SECRET: secret });
  const { user } = await auth.api.getSession({ headers: new Headers({ cookie }) });
  const token = await tokenOf(cookie);
  assert.deepEqual([token.sub, token.email, token.name], [user.id, user.email, user.name]);

  const leaving = await connect(t, site, token.token);
  await auth.api.signOut({ headers: new Headers({ cookie }) });
  assert.equal((await ask(cookie)).status, 401);
  assert.equal((await leaving.closed()).close, 4401);
  assert.deepEqual(await refusal(t, site, token.token), REVOKED);
});

test('a token ends with its session, whatever the zone of the column and of the server', async (t) => {
  const { site, pool, start } = await applicationSite(t);
  await pool.query('CREATE TABLE sessions ("sessionToken" text PRIMARY KEY, "userId" uuid, expires timestamp(3)); ALTER TABLE sessions ADD COLUMN banned_at timestamptz');
  const user = crypto.randomUUID();
  // As Prisma and Drizzle write it: UTC, without saying so.
  const until = new Date(Date.now() + 1_800_000).toISOString().slice(0, -1);
  const { ask, tokenOf } = await start();
  await pool.query(`INSERT INTO sessions VALUES ('one', '${user}', '${until}')`);
  const token = await tokenOf(`${COOKIE}=one`);
  assert.equal(token.sub, user);
  assert.equal(token.exp, Math.floor(Date.parse(`${until}Z`) / 1000));
  await pool.query("UPDATE sessions SET banned_at = now()");
  assert.equal((await ask(`${COOKIE}=one`)).status, 401);
  await site.auth.line(/the session is over, says the column banned_at of sessions/);
});

test('a query of the administrator\'s finds the sessions of connect-pg-simple', async (t) => {
  const { pool, start } = await applicationSite(t, {
    settings: {
      session_sources: 'query',
      session_cookie: 'sid',
      session_query: "SELECT sess -> 'passport' ->> 'user' AS user_id, expire AS expires FROM session WHERE sid = :token AND sess::text <> ':token'",
    },
  });
  await pool.query('CREATE TABLE session (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL)');
  await pool.query(`INSERT INTO session VALUES ('of-ada', '{"passport": {"user": "ada"}}', now() AT TIME ZONE 'UTC' + interval '10 minutes')`);
  const { ask, tokenOf } = await start();
  const token = await tokenOf('sid=of-ada');
  assert.equal(token.sub, 'ada');
  assert.ok(Math.abs(token.exp - token.iat - 600) < 5);
  assert.equal((await ask('sid=of-bob')).status, 401);
});

test('belfry\'s own sessions: made, signed out, and out of reach for who publishes', async (t) => {
  const site = await openSite(t, { gateway: false, postgres: true });
  const name = site.client.database;
  const owner = site.postgres.url('postgres', name);
  await site.belfry(['--database', owner, 'init', '--sessions'], { env: { BELFRY_AUTH_SESSION_DATABASE: owner } });
  await site.client.query(`DO $$ BEGIN CREATE ROLE login LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$; GRANT belfry_auth TO login`);
  site.configure({ auth: { session_database: owner } });
  await site.belfry(['user', 'add', 'ada', '--name', 'Ada']);
  const { value, cookie } = await site.session('ada');
  const { stdout } = await site.belfry(['session', 'list', '--json']);
  assert.match(stdout, /"user":\s*"ada".*"state":\s*"good"/);

  // What others make in a schema that is open to all does not stand in for it.
  await site.client.query(`CREATE TABLE public.sessions ("sessionToken" text, "userId" text, expires timestamptz);
    INSERT INTO public.sessions VALUES ('forged', 'ada', now() + interval '1 hour'); GRANT SELECT ON public.sessions TO PUBLIC`);
  site.configure({ auth: { session_database: site.postgres.url('login', name) } });
  await site.startAuth();
  const { code, stdout: described } = await runProgram(join(build, 'belfry-auth'), ['--config', site.config, '--check']);
  assert.equal(code, 0, described);
  assert.match(described, /database postgresql:\/\/login@\S+: belfry_sessions\.sessions \(sessionToken, userId, expires\) with users \(id, email, name, role\)/);
  // The gateway as its own role, with the queue and the sessions in one database.
  site.configure({ auth: { session_database: site.database }, gateway: { session_check: '1h' } });
  const { stdout: checked } = await runProgram(join(build, 'belfry-gateway'), ['--config', site.config, '--check']);
  assert.match(checked, /# sessions postgresql:\/\/gate@\S+: a logout closes its connections/);
  await site.startGateway();
  const web = await site.startWeb('nginx');
  assert.equal((await fetch(web + PATH, { headers: { cookie: `${COOKIE}=forged` } })).status, 401);
  const { token } = await (await fetch(web + PATH, { headers: { cookie } })).json();
  site.secrets.add(token);
  const ada = await connect(t, site, token);
  const shop = await site.postgres.connect(t, name, 'shop');
  await assert.rejects(shop.query('SELECT * FROM belfry_sessions.sessions'), /permission denied/);
  // No look is due for an hour: the trigger tells of it.
  site.configure({ auth: { session_database: owner } });
  await site.belfry(['session', 'revoke', '--user', 'ada']);
  assert.equal((await ada.closed()).close, 4401);
  assert.deepEqual(await refusal(t, site, token), REVOKED);
  assert.equal((await fetch(web + PATH, { headers: { cookie: `${COOKIE}=${value}` } })).status, 401);
});

/** A table of sessions as Prisma has it, with one of ada, and a client that connects with it. */
async function siteOfAda(t, { check = '1s', ...options } = {}) {
  const application = await applicationSite(t, { settings: { check }, ...options });
  const { site, pool, start } = application;
  await pool.query(`CREATE TABLE "Session" ("sessionToken" text PRIMARY KEY, "userId" text, expires timestamp(3));
    INSERT INTO "Session" VALUES ('one', 'ada', now() AT TIME ZONE 'UTC' + interval '1 hour')`);
  const { ask, tokenOf } = await start();
  const cookie = `${COOKIE}=one`;
  const { token } = await tokenOf(cookie);
  return { ...application, cookie, ask: () => ask(cookie), token, ada: await connect(t, site, token) };
}

test('the trigger of the manual tells of a logout at once', async (t) => {
  const { pool, ada } = await siteOfAda(t, { check: '1h' });
  await pool.query(documented('belfry.conf.5', ['CREATE FUNCTION belfry_session_ended']));
  await pool.query('DELETE FROM "Session"');
  assert.equal((await ada.closed()).close, 4401);
});

test('while the server is down, 503 says so in words, and nobody is disconnected', async (t) => {
  const { site, server, pool, ask, token, ada } = await siteOfAda(t, { own: true });
  await server.stop('SIGQUIT');
  assert.equal((await ask()).status, 503);
  await site.auth.line(/503: .*postgresql:\/\/reader@.*(No such file|Connection refused|terminat|closed)/);
  await site.gateway.line(/watching the session database for logouts failed/);
  const late = await connect(t, site, token);
  await site.insert('ada', 'While it is down');
  await ada.event('notification', ({ title }) => title === 'While it is down');

  await server.start();
  await eventually(async () => (await ask()).status === 200, 'tokens to be given again');
  await eventually(() => pool.query('DELETE FROM "Session"').catch(() => false), 'the application to be back');
  assert.equal((await ada.closed()).close, 4401);
  assert.equal((await late.closed()).close, 4401);
});

test('pgbouncer in transaction mode stands in between, and nothing is left in its connections', async (t) => {
  const { site, server, pool, name, start } = await applicationSite(t);
  const bouncer = await startPgbouncer(t, server, ['reader']);
  site.configure({
    auth: { session_database: bouncer.url('reader', name), session_sources: 'table, better_auth' },
    gateway: { session_check: '1s' },
    queue: { notify: 'no' },
  });
  await pool.query(`CREATE TABLE sessions ("sessionToken" text PRIMARY KEY, "userId" text, expires timestamptz);
    INSERT INTO sessions SELECT 'token-' || n, 'user-' || n, now() + interval '1 hour' FROM generate_series(1, 40) AS n`);
  const { ask, tokenOf } = await start({ BETTER_AUTH_SECRET: randomBytes(33).toString('base64') });
  const numbers = Array.from({ length: 40 }, (_, i) => i + 1);
  const tokens = await Promise.all(numbers.map((n) => tokenOf(`${COOKIE}=token-${n}`)));
  assert.deepEqual(tokens.map(({ sub }) => sub), numbers.map((n) => `user-${n}`));
  const ada = await connect(t, site, tokens[0].token);
  await bouncer.restart();
  await eventually(async () => (await ask(`${COOKIE}=token-1`)).status === 200, 'tokens to be given again');
  // Nothing that was set for one transaction is there for the next.
  const { host, port } = Object.fromEntries(new URLSearchParams(bouncer.url('reader', name).split('?')[1]));
  const behind = new pg.Pool({ host, port: Number(port), user: 'reader', database: name });
  atEnd(t, () => behind.end());
  const shown = async (setting) => (await behind.query(`SHOW ${setting}`)).rows[0][setting];
  assert.deepEqual([await shown('statement_timeout'), await shown('default_transaction_read_only')], ['0', 'off']);
  await pool.query("DELETE FROM sessions WHERE \"userId\" = 'user-1'");
  assert.equal((await ada.closed()).close, 4401);
});

test('a query that would write is refused by the server', async (t) => {
  const { site, pool, start } = await applicationSite(t, {
    settings: { session_sources: 'query', session_cookie: 'sid', session_query: 'DELETE FROM session WHERE sid = :token RETURNING sid AS user_id' },
  });
  await pool.query("CREATE TABLE session (sid text); INSERT INTO session VALUES ('one'); GRANT ALL ON session TO reader");
  const { ask } = await start();
  assert.equal((await ask('sid=one')).status, 503);
  await site.auth.line(/cannot execute DELETE in a read-only transaction/);
  assert.equal((await pool.query('SELECT * FROM session')).rowCount, 1);
});
