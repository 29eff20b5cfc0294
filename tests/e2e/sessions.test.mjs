// Sessions created by the libraries that web sites use, in the databases and cookies
// that these libraries write. Each result is compared with that of the library
// itself.

import assert from 'node:assert/strict';
import { randomBytes, webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { DrizzleAdapter } from '@auth/drizzle-adapter';
import { KyselyAdapter } from '@auth/kysely-adapter';
import { createClient } from '@libsql/client';
import { LibsqlDialect } from '@libsql/kysely-libsql';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { sign } from 'cookie-signature';
import { drizzle } from 'drizzle-orm/libsql';
import { jwtVerify } from 'jose';
import { Kysely } from 'kysely';
import { atEnd, openSite } from './harness.mjs';

// Node 18 has it under another name.
globalThis.crypto ??= webcrypto;
const authjs = await import('@auth/core/jwt');
const nextauth = createRequire(import.meta.url)('next-auth/jwt');

const PATH = '/api/websocket/auth';
const HOUR_MS = 3_600_000;

/** A site whose sessions are in app.db, a database client of that file, and a function that requests a token. */
async function applicationSite(t, settings = {}) {
  const site = await openSite(t, { gateway: false });
  const file = join(site.folder, 'app.db');
  const client = createClient({ url: `file:${file}` });
  atEnd(t, () => client.close());
  site.configure({ auth: { session_database: file, ...settings } });
  const open = async (options) => {
    await site.startAuth(options);
    const url = await site.startWeb('nginx');
    return async (headers) => {
      const answer = await fetch(url + PATH, { headers });
      if (answer.status !== 200) return { status: answer.status };
      const { token, expiresIn } = await answer.json();
      site.secrets.add(token);
      const { payload } = await jwtVerify(token, Buffer.from(site.secret));
      return { status: 200, expiresIn, ...payload };
    };
  };
  return { site, file, client, open };
}

const adapters = {
  Drizzle: {
    ddl: `CREATE TABLE user (id text PRIMARY KEY NOT NULL, name text, email text UNIQUE, emailVerified integer, image text);
      CREATE TABLE session (sessionToken text PRIMARY KEY NOT NULL, userId text NOT NULL, expires integer NOT NULL);`,
    make: (client) => DrizzleAdapter(drizzle(client)),
  },
  Kysely: {
    ddl: `CREATE TABLE User (id text PRIMARY KEY, name text, email text UNIQUE, emailVerified text, image text);
      CREATE TABLE Session (id text PRIMARY KEY, sessionToken text UNIQUE NOT NULL, userId text NOT NULL, expires text NOT NULL);`,
    make: (client) => KyselyAdapter(new Kysely({ dialect: new LibsqlDialect({ client }) })),
  },
};

for (const [name, { ddl, make }] of Object.entries(adapters)) {
  test(`sessions of the ${name} adapter are what it says they are`, async (t) => {
    const { site, client, open } = await applicationSite(t);
    await client.executeMultiple(ddl);
    const adapter = make(client);
    const ask = await open();
    const user = await adapter.createUser({ id: crypto.randomUUID(), name: 'Ada', email: 'ada@example.com', emailVerified: null });
    const sessionToken = crypto.randomUUID();
    site.secrets.add(sessionToken);
    const cookie = `authjs.session-token=${sessionToken}`;
    assert.equal((await ask({ cookie })).status, 401);

    await adapter.createSession({ sessionToken, userId: user.id, expires: new Date(Date.now() + HOUR_MS / 2) });
    const found = await adapter.getSessionAndUser(sessionToken);
    const token = await ask({ cookie });
    assert.equal(token.sub, found.user.id);
    assert.equal(token.email, found.user.email);
    assert.equal(token.name, found.user.name);
    assert.equal(token.exp, Math.floor(found.session.expires.getTime() / 1000));
    assert.match(token.belfry_sid, /^[\w-]{22}\.\d+$/);

    await adapter.updateSession({ sessionToken, expires: new Date(Date.now() - 1000) });
    assert.equal((await ask({ cookie })).status, 401);
    await adapter.updateSession({ sessionToken, expires: new Date(Date.now() + HOUR_MS) });
    assert.equal((await ask({ cookie })).status, 200);
    await adapter.deleteSession(sessionToken);
    assert.equal(await adapter.getSessionAndUser(sessionToken), null);
    assert.equal((await ask({ cookie })).status, 401);
  });
}

test('sessions of Better Auth are what it says they are', async (t) => {
  const { site, client, open } = await applicationSite(t, { session_sources: 'better_auth' });
  const secret = randomBytes(33).toString('base64');
  site.secrets.add(secret);
  const auth = betterAuth({
    baseURL: 'http://localhost',
    secret,
    database: { db: new Kysely({ dialect: new LibsqlDialect({ client }) }), type: 'sqlite' },
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
  });
  await (await getMigrations(auth.options)).runMigrations();
  const ask = await open({ env: { BETTER_AUTH_SECRET: secret } });

  const { headers } = await auth.api.signUpEmail({
    body: { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' },
    returnHeaders: true,
  });
  const [cookie] = headers.get('set-cookie').match(/better-auth\.session_token=[^;]+/);
  site.secrets.add(cookie.slice(cookie.indexOf('=') + 1));
  const { user, session } = await auth.api.getSession({ headers: new Headers({ cookie }) });
  const token = await ask({ cookie });
  assert.deepEqual([token.sub, token.email, token.name], [user.id, user.email, user.name]);
  assert.ok(token.exp * 1000 <= new Date(session.expiresAt).getTime());
  assert.match(token.belfry_sid, /^[\w-]{22}\.\d+$/);

  const forged = cookie.replace(/.(?=[^.]*$)/, (c) => (c === 'A' ? 'B' : 'A'));
  assert.equal(await auth.api.getSession({ headers: new Headers({ cookie: forged }) }), null);
  assert.equal((await ask({ cookie: forged })).status, 401);
  await auth.api.signOut({ headers: new Headers({ cookie }) });
  assert.equal((await ask({ cookie })).status, 401);
});

const renamed = {
  'a prefix of its own': [{ cookiePrefix: 'my-app' }, 'my-app.session_token', 'my-app.session_token'],
  'a name of its own': [{ cookies: { session_token: { name: 'sid' } } }, 'sid', 'sid'],
  'secure cookies and a prefix of its own': [
    { cookiePrefix: 'my-app', useSecureCookies: true }, 'my-app.session_token', '__Secure-my-app.session_token',
  ],
};

for (const [what, [advanced, configured, name]] of Object.entries(renamed)) {
  test(`sessions of Better Auth with ${what} are what it says they are`, async (t) => {
    const { site, client, open } = await applicationSite(t, { session_sources: 'better_auth', session_cookie: configured });
    const secret = randomBytes(33).toString('base64');
    const auth = betterAuth({
      baseURL: 'http://localhost',
      secret,
      database: { db: new Kysely({ dialect: new LibsqlDialect({ client }) }), type: 'sqlite' },
      emailAndPassword: { enabled: true },
      telemetry: { enabled: false },
      advanced,
    });
    await (await getMigrations(auth.options)).runMigrations();
    const ask = await open({ env: { BETTER_AUTH_SECRET: secret } });
    const { headers } = await auth.api.signUpEmail({
      body: { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' },
      returnHeaders: true,
    });
    const cookie = headers.getSetCookie().map((each) => each.split(';')[0]).find((each) => each.startsWith(`${name}=`));
    site.secrets.add(cookie.slice(cookie.indexOf('=') + 1));
    const { user } = await auth.api.getSession({ headers: new Headers({ cookie }) });
    assert.equal((await ask({ cookie })).sub, user.id);
    assert.equal((await ask({ cookie: cookie.replace(name, 'better-auth.session_token') })).status, 401);
  });
}

/** What Auth.js' own decoder says: the claims, or null. */
async function authjsVerdict(value, secret, salt) {
  try {
    return await authjs.decode({ token: value, secret, salt });
  } catch {
    return null;
  }
}

test('encrypted cookies with rotated secrets, Unicode or 9 KB are what Auth.js says they are', async (t) => {
  const { site, open } = await applicationSite(t);
  const old = 'an-older-secret-of-more-than-32-octets';
  const secrets = [site.secret, old];
  site.configure({ token: { secret_file: '' } });
  const ask = await open({ env: { AUTH_SECRET_1: site.secret, AUTH_SECRET: old } });
  const salt = 'authjs.session-token';
  const tokens = [
    { sub: 'u1', name: 'Ada', email: 'ada@example.com' },
    { sub: 'ü-1', name: 'Zoë 🔔', email: 'zoë@example.com', role: 'chief' },
    { sub: 'u2', name: 'Long', picture: 'x'.repeat(6300) },
  ];
  for (const token of tokens) {
    for (const secret of secrets) {
      const value = await authjs.encode({ token, secret, salt });
      site.secrets.add(value);
      const says = await authjsVerdict(value, secrets, salt);
      const cookie = value.length < 4000 ? `${salt}=${value}` : value.match(/.{1,3936}/g).map((part, n) => `${salt}.${n}=${part}`).reverse().join('; ');
      const answer = await ask({ cookie });
      assert.deepEqual([answer.sub, answer.name, answer.email, answer.role], [says.sub, says.name, says.email, says.role]);
    }
  }
});

test('belfry-auth refuses every tampered cookie that Auth.js refuses', async (t) => {
  const { site, open } = await applicationSite(t);
  const ask = await open();
  const salt = 'authjs.session-token';
  const value = await authjs.encode({ token: { sub: 'u1' }, secret: site.secret, salt });
  for (let n = 0; n < 60; n++) {
    const at = Math.floor((n / 60) * value.length);
    const changed = value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1);
    const says = await authjsVerdict(changed, site.secret, salt);
    const { status } = await ask({ cookie: `${salt}=${changed}` });
    // Auth.js accepts a last character with unused bits set; belfry-auth only the canonical encoding.
    if (!says) assert.equal(status, 401, changed);
  }
});

test('cookies of NextAuth v4 are what it says they are', async (t) => {
  const { site, open } = await applicationSite(t);
  const secret = 'a-secret-of-nextauth-of-more-than-32-octets';
  const ask = await open({ env: { NEXTAUTH_SECRET: secret } });
  for (const name of ['next-auth.session-token', '__Secure-next-auth.session-token']) {
    const value = await nextauth.encode({ token: { sub: 'u1', name: 'Ada', email: 'ada@example.com' }, secret });
    site.secrets.add(value);
    const cookie = `${name}=${value}`;
    const says = await nextauth.getToken({
      req: { cookies: { [name]: value }, headers: {} },
      secret,
      cookieName: name,
    });
    const token = await ask({ cookie });
    assert.deepEqual([token.sub, token.name, token.email], [says.sub, says.name, says.email]);
    assert.equal(token.belfry_sid, undefined);
    // If it is set, the secret of tokens is not tried.
    const other = await nextauth.encode({ token: { sub: 'u1' }, secret: site.secret });
    assert.equal((await ask({ cookie: `${name}=${other}` })).status, 401);
  }
});

test('a session of Express is found through its signed cookie and a query', async (t) => {
  const secret = 'a-secret-of-express-of-more-than-32-octets';
  const { site, client, open } = await applicationSite(t);
  const { writeFileSync } = await import('node:fs');
  writeFileSync(join(site.folder, 'express.secret'), `${secret}\n`, { mode: 0o600 });
  site.configure({
    auth: {
      session_database: join(site.folder, 'app.db'),
      session_sources: 'query',
      session_secret_file: join(site.folder, 'express.secret'),
      session_cookie: 'connect.sid',
      session_signature: 'express',
      session_query:
        "SELECT json_extract(sess, '$.passport.user') AS user_id, expired AS expires FROM sessions WHERE sid = :token",
    },
  });
  // The table as connect-sqlite3 creates it.
  await client.execute('CREATE TABLE sessions (sid PRIMARY KEY, expired, sess)');
  await client.execute({
    sql: 'INSERT INTO sessions VALUES (?, ?, ?)',
    args: ['sid-of-ada', Date.now() + HOUR_MS / 2, JSON.stringify({ cookie: {}, passport: { user: 'ada' } })],
  });
  const ask = await open();
  const cookie = `connect.sid=${encodeURIComponent(`s:${sign('sid-of-ada', secret)}`)}`;
  assert.equal((await ask({ cookie })).sub, 'ada');
  assert.equal((await ask({ cookie: `connect.sid=${encodeURIComponent(`s:${sign('sid-of-ada', 'wrong')}`)}` })).status, 401);
  assert.equal((await ask({ cookie: 'connect.sid=sid-of-ada' })).status, 401);
});
