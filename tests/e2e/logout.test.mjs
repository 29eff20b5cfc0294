// What the end of a session means for its connections and tokens: logouts, and
// changes that look like one but are not.

import assert from 'node:assert/strict';
import { randomBytes, webcrypto } from 'node:crypto';
import { copyFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClient } from '@libsql/client';
import { LibsqlDialect } from '@libsql/kysely-libsql';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { Kysely } from 'kysely';
import { atEnd, build, documented, eventually, onlyFiles, openSite, plainClient, runProgram, socketClient } from './harness.mjs';

// Node 18 has it under another name.
globalThis.crypto ??= webcrypto;

const PATH = '/api/websocket/auth';
const reconnecting = { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 50 };

/** A site with belfry-auth behind a web server, and a function that requests a token. */
async function siteWithTokens(t, options = {}) {
  const site = await openSite(t, { auth: true, ...options });
  const url = await site.startWeb('lighttpd');
  const ask = (cookie) => fetch(url + PATH, { headers: { cookie } });
  const tokenOf = async (cookie) => {
    const answer = await ask(cookie);
    assert.equal(answer.status, 200);
    const { token } = await answer.json();
    site.secrets.add(token);
    return token;
  };
  return { site, url, ask, tokenOf };
}

/** A site whose sessions are in the application's database: two of alice, and one of carol. */
async function applicationSite(t, place = (site) => join(site.folder, 'app.db')) {
  const site = await openSite(t, { gateway: false });
  const file = place(site);
  const row = (value, user) => `('${value}', '${user}', '2099-01-01T00:00:00Z')`;
  await site.sql(`CREATE TABLE sessions (sessionToken TEXT PRIMARY KEY, userId TEXT, expires TEXT);
    INSERT INTO sessions VALUES ${row('first', 'alice')}, ${row('second', 'alice')}, ${row('third', 'carol')}`, file);
  site.configure({ auth: { session_database: file } });
  await site.startGateway();
  await site.startAuth();
  const url = await site.startWeb('lighttpd');
  const tokenOf = async (value) => {
    const answer = await fetch(url + PATH, { headers: { cookie: `authjs.session-token=${value}` } });
    const { token } = await answer.json();
    site.secrets.add(token);
    return token;
  };
  const end = (value) => site.sql(`DELETE FROM sessions WHERE sessionToken = '${value}'`, file);
  return { site, file, tokenOf, end };
}

const connect = async (t, site, token) => {
  const client = plainClient(t, `${site.url}/ws`, { token });
  await client.event('connected');
  return client;
};

const refusal = async (t, site, token) => {
  const client = plainClient(t, `${site.url}/ws`, { token });
  const { code } = await client.event('error');
  return { code, close: (await client.closed()).close };
};

const REVOKED = { code: 'session_revoked', close: 4403 };

const rings = async (site, client, title) => {
  await site.insert('alice', title);
  assert.equal((await client.event('notification', (each) => each.title === title)).title, title);
};

/** Waits until the gateway has checked the sessions again, by ending another session. */
async function hasLooked(t, site, tokenOf) {
  const { value, cookie } = await site.session('carol');
  const carol = await connect(t, site, await tokenOf(cookie));
  await site.sql(`DELETE FROM sessions WHERE sessionToken = '${value}'`, site.sessions);
  assert.equal((await carol.closed()).close, 4401);
}

test('logging out closes the connection, and the old token is refused', async (t) => {
  const { site, tokenOf } = await siteWithTokens(t);
  const { cookie } = await site.session('alice');
  const token = await tokenOf(cookie);
  const alice = await connect(t, site, token);
  const other = await connect(t, site, token);
  await site.sql('DELETE FROM sessions', site.sessions);
  assert.equal((await alice.closed()).close, 4401);
  assert.equal((await other.closed()).close, 4401);
  assert.deepEqual(await refusal(t, site, token), REVOKED);
  assert.equal(await site.metric('belfry_sessions_ended_total'), 2);
});

test('a token whose session ended before anybody connected is refused, by every gateway', async (t) => {
  const { site, tokenOf } = await siteWithTokens(t);
  const { cookie } = await site.session('alice');
  const token = await tokenOf(cookie);
  await site.sql('DELETE FROM sessions', site.sessions);
  assert.deepEqual(await refusal(t, site, token), REVOKED);
  await site.gateway.stop();
  await site.startGateway();
  assert.deepEqual(await refusal(t, site, token), REVOKED);
});

test('both steps of the manual log a user out everywhere; one of them does not', async (t) => {
  const { site, ask, tokenOf } = await siteWithTokens(t);
  const revoke = documented('belfry-queue.5', ['INSERT INTO revocations'], { mallory: 'alice' });
  const cookies = [(await site.session('alice')).cookie, (await site.session('alice')).cookie];
  const tokens = [];
  for (const cookie of cookies) tokens.push(await tokenOf(cookie));
  // Like a token for an encrypted cookie, it names no session.
  tokens.push(await site.token());
  const before = [];
  for (const token of tokens) before.push(await connect(t, site, token));
  await site.sql(revoke);
  for (const client of before) assert.equal((await client.closed()).close, 4403);
  for (const token of tokens) assert.deepEqual(await refusal(t, site, token), REVOKED);

  // The sessions are still valid: they give new tokens.
  const after = [];
  for (const cookie of cookies) after.push(await connect(t, site, await tokenOf(cookie)));
  await site.belfry(['session', 'revoke', '--user', 'alice']);
  for (const client of after) assert.equal((await client.closed()).close, 4401);
  for (const cookie of cookies) assert.equal((await ask(cookie)).status, 401);
});

test('logging out in one browser leaves the connections of the other open', async (t) => {
  const { site, tokenOf } = await siteWithTokens(t);
  const here = await site.session('alice');
  const there = await site.session('alice');
  const leaving = await connect(t, site, await tokenOf(here.cookie));
  const staying = await connect(t, site, await tokenOf(there.cookie));
  const [{ id }] = await site.sql(`SELECT rowid AS id FROM sessions WHERE sessionToken = '${here.value}'`, site.sessions);
  await site.belfry(['session', 'revoke', String(id)]);
  assert.equal((await leaving.closed()).close, 4401);
  await rings(site, staying, 'For the one who stays');
  assert.equal(staying.socket.readyState, staying.socket.OPEN);
});

test('a token without a session stays valid after any logout', async (t) => {
  const { site, tokenOf } = await siteWithTokens(t);
  await site.session('alice');
  const alice = await connect(t, site, await site.token());
  await site.sql('DELETE FROM sessions', site.sessions);
  await hasLooked(t, site, tokenOf);
  await rings(site, alice, 'Still here');
});

/** socket.io-client, requesting a fresh token each time it connects. */
function page(t, url, cookieOf) {
  const answers = [];
  const auth = async (give) => {
    const answer = await fetch(url + PATH, { headers: { cookie: cookieOf() } });
    answers.push(answer.status);
    give(answer.ok ? { token: (await answer.json()).token } : {});
  };
  return { client: socketClient(t, url, { auth, ...reconnecting }), answers };
}

test('at a logout socket.io-client gets no disconnect packet, reconnects, and is then refused', async (t) => {
  const { site, url } = await siteWithTokens(t);
  const { cookie } = await site.session('alice');
  const { client, answers } = page(t, url, () => cookie);
  await client.event('connected');
  await site.sql('DELETE FROM sessions', site.sessions);
  assert.equal(await client.event('disconnect'), 'transport close');
  assert.equal((await client.event('connect_error')).data.code, 'token_missing');
  assert.deepEqual(answers, [200, 401]);
});

test('after its session is renewed under another token, a client reconnects', async (t) => {
  const { site, url } = await siteWithTokens(t);
  let session = await site.session('alice');
  const { client } = page(t, url, () => session.cookie);
  await client.event('connected');
  const before = session.value;
  session = await site.session('alice');
  await site.sql(`DELETE FROM sessions WHERE sessionToken = '${before}'`, site.sessions);
  assert.equal(await client.event('disconnect'), 'transport close');
  await client.event('connected');
  await rings(site, client, 'Under the new token');
});

test('a session that is renewed in place keeps its connections', async (t) => {
  const { site, tokenOf } = await siteWithTokens(t);
  const { value, cookie } = await site.session('alice');
  const alice = await connect(t, site, await tokenOf(cookie));
  await site.sql(
    `UPDATE sessions SET expires = '2099-01-01T00:00:00.000Z' WHERE sessionToken = '${value}'`, site.sessions,
  );
  await hasLooked(t, site, tokenOf);
  await rings(site, alice, 'Renewed');
});

test('rewritten rows, or a rebuilt table, end nobody\'s session', async (t) => {
  const { site, file, tokenOf, end } = await applicationSite(t);
  const token = await tokenOf('second');
  const alice = await connect(t, site, token);
  const carol = await connect(t, site, await tokenOf('third'));
  const moves = async (title, sql) => {
    const place = () => site.sql("SELECT rowid AS at FROM sessions WHERE sessionToken = 'second'", file);
    const [{ at }] = await place();
    await site.sql(sql, file);
    assert.notEqual((await place())[0].at, at);
    await connect(t, site, token);
    await rings(site, alice, title);
  };
  await moves('Written anew', "REPLACE INTO sessions SELECT * FROM sessions WHERE sessionToken = 'second'");
  await moves('In another table', `DELETE FROM sessions WHERE sessionToken = 'first';
    ALTER TABLE sessions RENAME TO old;
    CREATE TABLE sessions (sessionToken TEXT PRIMARY KEY, userId TEXT, expires TEXT, device TEXT);
    INSERT INTO sessions SELECT *, NULL FROM old;
    DROP TABLE old;
    VACUUM`);
  await end('third');
  assert.equal((await carol.closed()).close, 4401);
  await rings(site, alice, 'Still here');
});

test('when the file is replaced, those stay connected whose sessions are in the new one', async (t) => {
  const { site, tokenOf } = await siteWithTokens(t);
  const staying = await site.session('alice');
  const leaving = await site.session('bob');
  const alice = await connect(t, site, await tokenOf(staying.cookie));
  const oldToken = await tokenOf(leaving.cookie);
  const bob = await connect(t, site, oldToken);
  await site.sql('PRAGMA wal_checkpoint(TRUNCATE)', site.sessions);
  const copy = join(site.folder, 'copy.db');
  copyFileSync(site.sessions, copy);
  await site.sql(`DELETE FROM sessions WHERE sessionToken = '${leaving.value}'; PRAGMA journal_mode = DELETE`, copy);
  renameSync(copy, site.sessions);
  assert.equal((await bob.closed()).close, 4401);
  assert.deepEqual(await refusal(t, site, oldToken), REVOKED);
  await rings(site, alice, 'In the other file');
});

test('a missing session database refuses nobody and ends nobody\'s session, until it is back', async (t) => {
  const { site, file, tokenOf } = await applicationSite(t);
  const token = await tokenOf('first');
  const alice = await connect(t, site, token);
  renameSync(file, `${file}.away`);
  await site.gateway.line(/watching the session database for logouts failed.*app\.db/);
  const late = await connect(t, site, token);
  await rings(site, alice, 'While it is away');
  await site.sql('DELETE FROM sessions', `${file}.away`);
  renameSync(`${file}.away`, file);
  assert.equal((await alice.closed()).close, 4401);
  assert.equal((await late.closed()).close, 4401);
  await site.gateway.line(/watching the session database for logouts works again/);
  assert.deepEqual(await refusal(t, site, token), REVOKED);
});

test('auth:refresh with a token of an ended session is refused; one of another session binds to that', async (t) => {
  const { site, tokenOf } = await siteWithTokens(t);
  const first = await site.session('alice');
  const second = await site.session('alice');
  const third = await site.session('alice');
  const alice = await connect(t, site, await tokenOf(first.cookie));
  const ended = await tokenOf(third.cookie);
  const end = ({ value }) => site.sql(`DELETE FROM sessions WHERE sessionToken = '${value}'`, site.sessions);
  await end(third);
  alice.send('auth:refresh', { token: ended }, { id: 1 });
  assert.equal((await alice.ack(1)).data.code, 'session_revoked');

  alice.send('auth:refresh', { token: await tokenOf(second.cookie) }, { id: 2 });
  assert.equal((await alice.ack(2)).data.ok, true);
  await end(first);
  await hasLooked(t, site, tokenOf);
  await rings(site, alice, 'Of the second session');
  await end(second);
  assert.equal((await alice.closed()).close, 4401);
});

test('signing out of Better Auth closes the connection, and refreshing its session does not', async (t) => {
  const site = await openSite(t, { gateway: false });
  const file = join(site.folder, 'app.db');
  const client = createClient({ url: `file:${file}` });
  atEnd(t, () => client.close());
  site.configure({ auth: { session_database: file, session_sources: 'better_auth' } });
  const secret = randomBytes(33).toString('base64');
  site.secrets.add(secret);
  const auth = betterAuth({
    baseURL: 'http://localhost',
    secret,
    database: { db: new Kysely({ dialect: new LibsqlDialect({ client }) }), type: 'sqlite' },
    emailAndPassword: { enabled: true },
    session: { updateAge: 0 },
    telemetry: { enabled: false },
  });
  await (await getMigrations(auth.options)).runMigrations();
  const signIn = async (call, body) => {
    const { headers } = await call({ body, returnHeaders: true });
    const [cookie] = headers.get('set-cookie').match(/better-auth\.session_token=[^;]+/);
    site.secrets.add(cookie.slice(cookie.indexOf('=') + 1));
    return cookie;
  };
  const account = { email: 'ada@example.com', password: 'correct horse battery' };
  const here = await signIn(auth.api.signUpEmail, { name: 'Ada', ...account });
  const there = await signIn(auth.api.signInEmail, account);

  await site.startGateway();
  await site.startAuth({ env: { BETTER_AUTH_SECRET: secret } });
  const url = await site.startWeb('lighttpd');
  const tokenOf = async (cookie) => (await (await fetch(url + PATH, { headers: { cookie } })).json()).token;
  const token = await tokenOf(here);
  const leaving = await connect(t, site, token);
  const staying = await connect(t, site, await tokenOf(there));
  await auth.api.getSession({ headers: new Headers({ cookie: there }) });
  await auth.api.signOut({ headers: new Headers({ cookie: here }) });
  assert.equal((await leaving.closed()).close, 4401);
  assert.deepEqual(await refusal(t, site, token), REVOKED);
  assert.equal(staying.socket.readyState, staying.socket.OPEN);
});

onlyFiles('the queue is no file', 'sessions in the queue\'s own file are watched, too, and delivery continues', async (t) => {
  const { site, tokenOf, end } = await applicationSite(t, (site) => site.database);
  const leaving = await connect(t, site, await tokenOf('first'));
  const staying = await connect(t, site, await tokenOf('second'));
  await end('first');
  assert.equal((await leaving.closed()).close, 4401);
  await rings(site, staying, 'Beside the sessions');
  await eventually(async () => (await site.metric('belfry_connections')) === 1, 'the closed connection to be gone');
});

test('--check of the gateway says whether it can notice logouts', async (t) => {
  const site = await openSite(t, { gateway: false });
  const check = async () => (await runProgram(join(build, 'belfry-gateway'), ['--config', site.config, '--check'])).stdout;
  assert.match(await check(), /sessions \S+\/sessions\.db: a logout closes its connections/);
  rmSync(site.sessions);
  assert.match(await check(), /a logout goes unnoticed until the token's end: \S+\/sessions\.db: No such file/);
});
