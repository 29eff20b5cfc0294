// The token endpoint behind real web servers, as CGI, and started by the web
// server itself.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { build, eventually, openSite, plainClient, Program, startWebServer } from './harness.mjs';

const PATH = '/api/websocket/auth';

/** The ways to run belfry-auth: each returns a site's address. */
const ways = {
  'FastCGI behind lighttpd': async (t, site) => {
    await site.startAuth();
    return site.startWeb('lighttpd');
  },
  'FastCGI behind nginx': async (t, site) => {
    await site.startAuth();
    return site.startWeb('nginx');
  },
  'FastCGI behind nginx with its own fastcgi_params': async (t, site) => {
    await site.startAuth();
    const more = `location = /own { include /etc/nginx/fastcgi_params; fastcgi_pass unix:${site.authSocket}; }`;
    return site.startWeb('nginx', { more }).then((url) => ({ url, path: '/own' }));
  },
  'CGI under lighttpd': async (t, site) => {
    const more = `server.modules += ( "mod_cgi", "mod_alias", "mod_setenv" )
alias.url = ( "/cgi-auth" => "${join(build, 'belfry-auth')}" )
$HTTP["url"] == "/cgi-auth" { cgi.assign = ( "" => "" ) }
setenv.add-environment = ( "BELFRY_CONFIG" => "${site.config}", "BELFRY_TEST_CLOCK" => "${site.clock}", "ASAN_OPTIONS" => "detect_leaks=1:exitcode=99" )`;
    return site.startWeb('lighttpd', { more }).then((url) => ({ url, path: '/cgi-auth' }));
  },
  'a process that lighttpd spawns': async (t, site) => {
    const more = `server.modules += ( "mod_fastcgi" )
$HTTP["url"] == "/spawned" {
  fastcgi.server = ( "" => (( "socket" => "${site.folder}/spawned.sock", "bin-path" => "${join(build, 'belfry-auth')} --config ${site.config}", "max-procs" => 1, "check-local" => "disable" )))
}`;
    return site.startWeb('lighttpd', { more }).then((url) => ({ url, path: '/spawned' }));
  },
};

async function mounted(t, way, settings = {}) {
  const site = await openSite(t, { gateway: false, settings });
  const there = await ways[way](t, site);
  const { url, path } = typeof there === 'string' ? { url: there, path: PATH } : there;
  return { site, url, ask: (options = {}) => fetch(url + path, options) };
}

function checkHeaders(answer) {
  assert.match(answer.headers.get('content-type'), /^application\/json/);
  assert.equal(answer.headers.get('cache-control'), 'private, no-store');
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
}

for (const way of Object.keys(ways)) {
  test(`${way}: a session becomes a token`, async (t) => {
    const { site, ask } = await mounted(t, way);
    const { cookie } = await site.session('alice');
    const answer = await ask({ headers: { cookie } });
    assert.equal(answer.status, 200);
    checkHeaders(answer);
    const body = await answer.json();
    assert.deepEqual(Object.keys(body).sort(), ['expiresIn', 'token', 'userId']);
    assert.equal(body.userId, 'alice');
    assert.equal(body.expiresIn, 3600);
    assert.deepEqual(decodeProtectedHeader(body.token), { alg: 'HS256', typ: 'JWT' });
    const { payload } = await jwtVerify(body.token, Buffer.from(site.secret), { algorithms: ['HS256'], subject: 'alice' });
    assert.equal(payload.exp - payload.iat, 3600);
    assert.match(payload.jti, /^[\w-]{22}$/);
    site.secrets.add(body.token);
  });

  test(`${way}: no session, an unknown one, methods, origins`, async (t) => {
    const { site, url, ask } = await mounted(t, way);
    const { cookie } = await site.session('alice');
    const unauthorized = [{}, { headers: { cookie: 'authjs.session-token=nobody' } }, { headers: { cookie: `x${cookie}` } }];
    for (const options of unauthorized) {
      const answer = await ask(options);
      assert.equal(answer.status, 401);
      checkHeaders(answer);
      assert.deepEqual(await answer.json(), { error: 'Unauthorized' });
    }
    const put = await ask({ method: 'PUT', headers: { cookie } });
    assert.equal(put.status, 405);
    assert.match(put.headers.get('allow'), /GET/);
    assert.deepEqual(await put.json(), { error: 'Method not allowed' });
    const foreign = await ask({ headers: { cookie, origin: 'https://evil.example' } });
    assert.equal(foreign.status, 403);
    assert.deepEqual(await foreign.json(), { error: 'Origin not allowed' });
    const own = await ask({ method: 'POST', headers: { cookie, origin: url } });
    assert.equal(own.status, 200);
    assert.ok((await own.json()).token);
    const head = await ask({ method: 'HEAD', headers: { cookie } });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), '');
  });
}

test('a listed origin gets the CORS headers, and its preflight is answered', async (t) => {
  const { site, ask } = await mounted(t, 'FastCGI behind nginx', { belfry: { allowed_origins: 'https://app.example.com' } });
  const { cookie } = await site.session('alice');
  const origin = 'https://app.example.com';
  const preflight = await ask({ method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
  assert.ok(preflight.status === 200 || preflight.status === 204);
  const answer = await ask({ headers: { cookie, origin } });
  for (const each of [preflight, answer]) {
    assert.equal(each.headers.get('access-control-allow-origin'), origin);
    assert.equal(each.headers.get('access-control-allow-credentials'), 'true');
    assert.match(each.headers.get('vary'), /Origin/i);
  }
  assert.match(preflight.headers.get('access-control-allow-methods'), /POST/);
});

test('POST with ?cookie sets the cookie of the event stream, GET never', async (t) => {
  const { site, url } = await mounted(t, 'FastCGI behind nginx');
  const { cookie } = await site.session('alice');
  const ask = (method) => fetch(`${url}${PATH}?cookie`, { method, headers: { cookie } });
  const answer = await ask('POST');
  const { token } = await answer.json();
  assert.deepEqual(answer.headers.getSetCookie(), [
    `belfry_token=${token}; Max-Age=3600; Path=/events; HttpOnly; SameSite=Strict`,
  ]);
  site.secrets.add(token);
  assert.deepEqual((await ask('GET')).headers.getSetCookie(), []);
});

test('a refused origin is logged with the setting that would allow it', async (t) => {
  const { site, ask } = await mounted(t, 'FastCGI behind lighttpd');
  await ask({ headers: { origin: 'https://evil.example' } });
  await site.auth.line(/https:\/\/evil\.example.*allowed_origins = https:\/\/evil\.example/);
});

test('the cause of a 401 is logged, but not sent to the client', async (t) => {
  const { site, ask } = await mounted(t, 'FastCGI behind nginx');
  const { cookie, value } = await site.session('alice');
  await site.sql("UPDATE sessions SET expires = '2020-01-01T00:00:00.000Z'", site.sessions);
  const answer = await ask({ headers: { cookie } });
  assert.deepEqual(await answer.json(), { error: 'Unauthorized' });
  await site.auth.line(/the session expired at 2020-01-01/);
  assert.ok(!site.auth.output.includes(value));
});

test('a token lives no longer than its session', async (t) => {
  const { site, ask } = await mounted(t, 'FastCGI behind lighttpd');
  const { cookie } = await site.session('alice', ['--ttl', '600']);
  const { expiresIn, token } = await (await ask({ headers: { cookie } })).json();
  assert.ok(expiresIn > 590 && expiresIn <= 600, String(expiresIn));
  const { payload } = await jwtVerify(token, Buffer.from(site.secret));
  assert.equal(payload.exp - payload.iat, expiresIn);
});

test('without a session store the answer is 503 with Retry-After, until the store is back', async (t) => {
  const { site, ask } = await mounted(t, 'FastCGI behind nginx');
  const { cookie } = await site.session('alice');
  const { renameSync } = await import('node:fs');
  renameSync(site.sessions, `${site.sessions}.away`);
  await eventually(async () => (await ask({ headers: { cookie } })).status === 503, 'a 503');
  const answer = await ask({ headers: { cookie } });
  checkHeaders(answer);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  assert.deepEqual(await answer.json(), { error: 'Session store unavailable' });
  renameSync(`${site.sessions}.away`, site.sessions);
  await eventually(async () => (await ask({ headers: { cookie } })).status === 200, 'the store to be back');
});

test('a locked session store delays only the requests that need it, and each once', async (t) => {
  const { site, ask } = await mounted(t, 'FastCGI behind nginx');
  const { cookie } = await site.session('alice');
  // In WAL mode, readers would not be blocked.
  await site.sql('PRAGMA journal_mode = DELETE', site.sessions);
  const locked = new Program(t, '/usr/bin/sqlite3', [site.sessions], { stdio: ['pipe', 'pipe', 'pipe'] });
  const say = async (sql, answer) => {
    locked.child.stdin.write(`${sql}; SELECT '${answer}';\n`);
    await locked.line(new RegExp(answer));
  };
  await say('BEGIN EXCLUSIVE', 'locked');
  const begun = Date.now();
  const waiting = Promise.all(Array.from({ length: 40 }, () => ask({ headers: { cookie } })));
  const visitors = await Promise.all(Array.from({ length: 10 }, () => ask()));
  assert.deepEqual([...new Set(visitors.map(({ status }) => status))], [401]);
  assert.ok(Date.now() - begun < 2000, `${Date.now() - begun} ms for who has no cookie`);
  const refused = await waiting;
  assert.deepEqual([...new Set(refused.map(({ status }) => status))], [503]);
  assert.ok(Date.now() - begun < 5000, `${Date.now() - begun} ms for all`);
  const again = Date.now();
  assert.equal((await ask({ headers: { cookie } })).status, 503);
  assert.ok(Date.now() - again < 1500, `${Date.now() - again} ms after a time-out`);
  await say('COMMIT', 'free');
  assert.equal((await ask({ headers: { cookie } })).status, 200);
  locked.child.stdin.end();
  await locked.ended;
});

test('SIGHUP with invalid secrets or sources keeps the old ones, and says so', async (t) => {
  const { site, ask } = await mounted(t, 'FastCGI behind nginx');
  const { cookie } = await site.session('alice');
  const short = join(site.folder, 'short');
  writeFileSync(short, 'short\n', { mode: 0o600 });
  const wrong = {
    'no-such-file': { token: { secret_file: join(site.folder, 'no-such-file') } },
    'fewer than 32': { token: { secret_file: short } },
    'needs session_query': { auth: { session_sources: 'query' } },
    'is not one of authjs': { auth: { session_sources: 'nonsense' } },
    no_such_key: { auth: { no_such_key: 'x' } },
  };
  for (const [said, settings] of Object.entries(wrong)) {
    site.configure(settings);
    site.auth.signal('SIGHUP');
    await site.auth.line(new RegExp(`SIGHUP: the previous configuration stays in use: .*${said}`));
    assert.equal((await ask({ headers: { cookie } })).status, 200);
  }
  site.configure();
  site.auth.signal('SIGHUP');
  await site.auth.line(/SIGHUP: configuration read again, 1 secret/);
  assert.equal((await ask({ headers: { cookie } })).status, 200);
});

test('tables of the Auth.js adapters are recognised by their columns', async (t) => {
  const adapters = {
    Drizzle: `CREATE TABLE user (id TEXT PRIMARY KEY, name TEXT, email TEXT, emailVerified INTEGER, image TEXT);
      CREATE TABLE session (sessionToken TEXT PRIMARY KEY, userId TEXT NOT NULL, expires INTEGER NOT NULL);
      INSERT INTO user (id, name, email) VALUES ('u1', 'Ada', 'ada@example.com');
      INSERT INTO session VALUES ('token-of-ada', 'u1', ${Date.now() + 86_400_000})`,
    Prisma: `CREATE TABLE "User" ("id" TEXT PRIMARY KEY, "name" TEXT, "email" TEXT, "role" TEXT);
      CREATE TABLE "Session" ("id" TEXT PRIMARY KEY, "sessionToken" TEXT UNIQUE, "userId" TEXT, "expires" DATETIME);
      INSERT INTO "User" VALUES ('u1', 'Ada', 'ada@example.com', 'admin');
      INSERT INTO "Session" VALUES ('s1', 'token-of-ada', 'u1', '${new Date(Date.now() + 86_400_000).toISOString()}')`,
  };
  for (const [adapter, ddl] of Object.entries(adapters)) {
    await t.test(adapter, async (t) => {
      const site = await openSite(t, { gateway: false });
      const file = join(site.folder, 'app.db');
      await site.sql(ddl, file);
      site.configure({ auth: { session_database: file } });
      await site.startAuth();
      const url = await site.startWeb('nginx');
      const answer = await fetch(url + PATH, { headers: { cookie: 'authjs.session-token=token-of-ada' } });
      assert.equal(answer.status, 200);
      const { payload } = await jwtVerify((await answer.json()).token, Buffer.from(site.secret));
      assert.equal(payload.sub, 'u1');
      assert.equal(payload.email, 'ada@example.com');
      assert.equal(payload.role, adapter === 'Prisma' ? 'admin' : undefined);
    });
  }
});

test('over HTTPS, the cookie without the __Secure- prefix is ignored', async (t) => {
  const { site, ask } = await mounted(t, 'FastCGI behind lighttpd');
  const { value } = await site.session('alice');
  const both = `authjs.session-token=${value}; __Secure-authjs.session-token=nobody`;
  assert.equal((await ask({ headers: { cookie: both } })).status, 401);
  assert.equal((await ask({ headers: { cookie: `__Secure-authjs.session-token=${value}` } })).status, 200);
});

test('belfry-auth ends on SIGTERM while a client is connected to it', async (t) => {
  const { site } = await mounted(t, 'FastCGI behind nginx');
  const { connect } = await import('node:net');
  const half = connect(site.authSocket);
  await new Promise((resolve) => half.once('connect', resolve));
  half.write(Buffer.from([1, 1, 0, 1]));
  await site.auth.stop();
  half.destroy();
});

test('the gateway refuses a token signed with another secret, and logs why', async (t) => {
  const site = await openSite(t);
  const other = 'another-secret-of-more-than-32-octets!';
  await site.startAuth({ env: { BELFRY_TOKEN_SECRET_FILE: '', AUTH_SECRET: other } });
  const url = await site.startWeb('nginx');
  const { cookie } = await site.session('alice');
  const { token } = await (await fetch(url + PATH, { headers: { cookie } })).json();
  const client = plainClient(t, `${site.url}/ws`, { token });
  assert.equal((await client.event('error')).code, 'token_invalid');
  await site.gateway.line(/signature fits none of 1 secret/);
});
