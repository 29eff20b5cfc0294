// Every web server for which deploy/ has a configuration, started with that
// configuration, with both programs behind it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { jwtVerify } from 'jose';
import {
  askOnce, atEnd, build, documented, eventually, openSite, plainClient, Program, runProgram, socketClient, startLoad, superviseAuth, within,
} from './harness.mjs';

// Node 18 has it under another name.
globalThis.crypto ??= webcrypto;
const { encode } = await import('@auth/core/jwt');

const PATH = '/api/websocket/auth';
const LISTED = 'https://app.example.com';

/** Servers that speak FastCGI to a service, and one that runs a process for each request. */
const services = ['nginx', 'lighttpd', 'apache', 'caddy'];
const servers = [...services, 'apache-cgi'];

/** A site behind one of them; `ask` requests a token. */
async function openBehind(t, kind, { settings = {}, gateway = false, ...more } = {}) {
  const site = await openSite(t, { gateway, auth: kind !== 'apache-cgi', settings });
  const url = await site.startWeb(kind, more);
  const ask = (options = {}) => fetch(url + PATH, options);
  return { site, url, ask };
}

/** Asserts the headers of every response; a 204 has no content, so no Content-Type. */
function checkHeaders(answer) {
  if (answer.status !== 204) assert.match(answer.headers.get('content-type'), /^application\/json/);
  assert.equal(answer.headers.get('cache-control'), 'private, no-store');
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(answer.headers.get('status'), null, 'FastCGI\'s own header');
}

async function checkRefusal(answer, status, error) {
  assert.equal(answer.status, status);
  checkHeaders(answer);
  assert.deepEqual(await answer.json(), { error });
}

for (const kind of servers) {
  test(`${kind}: a session becomes a token, by GET and by POST with and without a body`, async (t) => {
    const { site, ask } = await openBehind(t, kind);
    const { cookie } = await site.session('alice');
    const posts = [{ method: 'POST' }, { method: 'POST', body: '{}' }, { method: 'POST', body: 'x'.repeat(60_000) }];
    for (const options of [{}, ...posts]) {
      const answer = await ask({ ...options, headers: { cookie } });
      assert.equal(answer.status, 200);
      checkHeaders(answer);
      const { token, expiresIn, userId } = await answer.json();
      assert.deepEqual([userId, expiresIn], ['alice', 3600]);
      const { payload } = await jwtVerify(token, Buffer.from(site.secret), { algorithms: ['HS256'] });
      assert.equal(payload.sub, 'alice');
    }
    await checkRefusal(await ask({ method: 'POST', body: 'x'.repeat(70_000), headers: { cookie } }), 413, 'Body too large');
  });

  test(`${kind}: no session is 401, another method 405; HEAD and OPTIONS have no body`, async (t) => {
    const { site, ask } = await openBehind(t, kind);
    const { cookie } = await site.session('alice');
    await checkRefusal(await ask(), 401, 'Unauthorized');
    await checkRefusal(await ask({ headers: { cookie: 'authjs.session-token=nobody' } }), 401, 'Unauthorized');
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const answer = await ask({ method, headers: { cookie } });
      assert.equal(answer.headers.get('allow'), 'GET, HEAD, POST, OPTIONS');
      await checkRefusal(answer, 405, 'Method not allowed');
    }
    for (const [headers, status] of [[{ cookie }, 200], [{}, 401]]) {
      const head = await ask({ method: 'HEAD', headers });
      assert.equal(head.status, status);
      checkHeaders(head);
      assert.equal(await head.text(), '');
    }
    const options = await ask({ method: 'OPTIONS' });
    assert.equal(options.status, 204);
    assert.equal(options.headers.get('allow'), 'GET, HEAD, POST, OPTIONS');
    checkHeaders(options);
  });

  test(`${kind}: the site's own origin and listed ones may request a token, others may not`, async (t) => {
    const { site, url, ask } = await openBehind(t, kind, { settings: { belfry: { allowed_origins: LISTED } } });
    const { cookie } = await site.session('alice');
    const from = (origin, more = {}) => ask({ ...more, headers: { cookie, origin, ...more.headers } });
    const own = await from(url);
    assert.equal(own.status, 200);
    assert.equal(own.headers.get('access-control-allow-origin'), null);
    const preflight = await from(LISTED, { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } });
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers.get('access-control-allow-methods'), /POST/);
    const heard = [[preflight, 204], [await from(LISTED), 200], [await from(LISTED, { method: 'PUT' }), 405]];
    for (const [answer, status] of heard) {
      assert.equal(answer.status, status);
      checkHeaders(answer);
      assert.equal(answer.headers.get('access-control-allow-origin'), LISTED);
      assert.equal(answer.headers.get('access-control-allow-credentials'), 'true');
      assert.match(answer.headers.get('vary'), /Origin/i);
    }
    for (const method of ['GET', 'OPTIONS']) {
      const foreign = await from('https://evil.example', { method });
      assert.equal(foreign.headers.get('access-control-allow-origin'), null);
      await checkRefusal(foreign, 403, 'Origin not allowed');
    }
  });

  test(`${kind}: a session cookie may have 9 KB, in the WebSocket's request, too`, async (t) => {
    const { site, url, ask } = await openBehind(t, kind, { gateway: true });
    const name = 'authjs.session-token';
    const value = await encode({ token: { sub: 'alice', picture: 'x'.repeat(6600) }, secret: site.secret, salt: name });
    const cookie = value.match(/.{1,3936}/g).map((part, n) => `${name}.${n}=${part}`).join('; ');
    assert.ok(cookie.length > 9000, String(cookie.length));
    const answer = await ask({ headers: { cookie } });
    assert.equal(answer.status, 200);
    const { token } = await answer.json();
    const alice = socketClient(t, url, { auth: { token }, extraHeaders: { cookie } });
    assert.equal((await alice.event('connected')).userId, 'alice');
  });

  test(`${kind}: socket.io-client and a plain WebSocket connect through the same server, and are notified`, async (t) => {
    const { site, url, ask } = await openBehind(t, kind, { gateway: true });
    const { cookie } = await site.session('alice');
    const auth = async (give) => {
      const { token } = await (await ask({ headers: { cookie } })).json();
      site.secrets.add(token);
      give({ token });
    };
    const page = socketClient(t, url, { auth });
    const plain = plainClient(t, `${url}/ws`, { token: await site.token() });
    const connected = await page.event('connected');
    assert.equal(connected.userId, 'alice');
    assert.ok(Date.parse(connected.sessionExpiresAt) > Date.now());
    assert.equal((await plain.event('connected')).userId, 'alice');
    const id = await site.insert('alice', 'Through the proxy');
    for (const client of [page, plain]) assert.equal((await client.event('notification')).id, id);
    const row = await site.status(id, 'delivered');
    assert.match(row.delivered_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test(`${kind}: a page of the same site may connect, one of another site is refused with the reason`, async (t) => {
    const { site, url } = await openBehind(t, kind, { gateway: true });
    const token = await site.token();
    const own = plainClient(t, `${url}/ws`, { token, headers: { origin: url } });
    await own.event('connected');
    const foreign = await plainClient(t, `${url}/ws`, { token, headers: { origin: 'https://evil.example' } }).refused();
    assert.equal(foreign.refused, 403);
    assert.ok(JSON.parse(foreign.body).error);
  });

  test(`${kind}: over HTTPS only the cookie with its prefix counts, and a page of the site connects`, async (t) => {
    const { site, url } = await openBehind(t, kind, { gateway: true, tls: true });
    const { ca } = site;
    const { cookie } = await site.session('alice');
    const ask = (headers) => askOnce(url + PATH, { ca, headers });
    assert.match(url, /^https:/);
    assert.equal((await ask({ cookie })).status, 401);
    const answer = await ask({ cookie: `__Secure-${cookie}`, origin: url });
    assert.equal(answer.status, 200, answer.body);
    const { token } = JSON.parse(answer.body);
    const page = socketClient(t, url, { ca, auth: { token }, extraHeaders: { origin: url } });
    assert.equal((await page.event('connected')).userId, 'alice');
    const plain = plainClient(t, `${url}/ws`, { ca, token, headers: { origin: url } });
    assert.equal((await plain.event('connected')).userId, 'alice');
  });

  test(`${kind}: both programs know the browser's real address, whatever it claims`, async (t) => {
    const settings = { belfry: { trusted_proxies: '127.0.0.1' }, gateway: { max_connections_per_address: 1 } };
    const { site, url } = await openBehind(t, kind, { gateway: true, settings });
    const token = await site.token();
    const from = (localAddress, headers = {}) => plainClient(t, `${url}/ws`, { token, localAddress, headers });
    await from('127.0.0.2').event('connected');
    assert.equal((await from('127.0.0.2').refused()).refused, 429);
    assert.equal((await from('127.0.0.2', { 'x-forwarded-for': '203.0.113.9' }).refused()).refused, 429);
    await from('127.0.0.3', { 'x-forwarded-for': '203.0.113.9' }).event('connected');

    const { cookie } = await site.session('alice');
    const forged = { cookie, origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' };
    const answer = await askOnce(url + PATH, { localAddress: '127.0.0.2', headers: forged });
    assert.equal(answer.status, 403);
    if (site.auth) await site.auth.line(/client=127\.0\.0\.2 403: /);
  });

  test(`${kind}: errors of Belfry's are answered in JSON, and end when their cause does`, async (t) => {
    const { site, ask } = await openBehind(t, kind);
    const { cookie } = await site.session('alice');
    assert.equal((await ask({ headers: { cookie } })).status, 200);
    site.configure({ auth: { session_database: site.sessions } });
    site.auth?.signal('SIGHUP');
    renameSync(site.sessions, `${site.sessions}.away`);
    const unavailable = await eventually(async () => {
      const answer = await ask({ headers: { cookie } });
      return answer.status === 503 && answer;
    }, 'a 503');
    assert.ok(Number(unavailable.headers.get('retry-after')) > 0);
    await checkRefusal(unavailable, 503, 'Session store unavailable');
    renameSync(`${site.sessions}.away`, site.sessions);
    await eventually(async () => (await ask({ headers: { cookie } })).status === 200, 'the store to be back');

    site.configure({ token: { secret_file: join(site.folder, 'no-such-file') } });
    if (kind !== 'apache-cgi') return;
    const misconfigured = await eventually(async () => {
      const answer = await ask({ headers: { cookie } });
      return answer.status === 500 && answer;
    }, 'a 500');
    await checkRefusal(misconfigured, 500, 'Server configuration error');
  });
}

/** A site with belfry-publish behind a web server; `post` publishes to /notifications. */
async function openPublishing(t, kind) {
  const site = await openSite(t);
  if (kind !== 'apache-cgi') await site.startPublish();
  const key = await site.key('shop', '--may', 'notifications,read');
  const mount = `${await site.startWeb(kind)}/api/belfry`;
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const post = (body, more = {}) =>
    fetch(`${mount}/notifications`, { method: 'POST', body: JSON.stringify(body), headers: { ...headers, ...more } });
  return { site, mount, headers, post };
}

async function checkPublishRefusal(answer, status) {
  assert.equal(answer.status, status);
  const { error, code } = await answer.json();
  assert.ok(error && code, `${status} ${error} ${code}`);
  assert.equal(answer.headers.get('status'), null);
}

for (const kind of servers) {
  test(`${kind}: what is published over HTTP rings, and can be read, changed and taken back`, async (t) => {
    const { site, mount, headers, post } = await openPublishing(t, kind);
    const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
    await alice.event('connected');
    const answer = await post({ user: 'alice', title: 'Over HTTP' }, { 'idempotency-key': 'once' });
    assert.equal(answer.status, 200);
    const { ids } = await answer.json();
    const heard = await alice.event('notification');
    assert.deepEqual([[heard.id], heard.title], [ids, 'Over HTTP']);
    assert.deepEqual(await (await post({ user: 'alice', title: 'Over HTTP' }, { 'idempotency-key': 'once' })).json(), { ids });
    await site.status(ids[0], 'delivered');
    const one = `${mount}/notifications/${ids[0]}`;
    assert.equal((await (await fetch(one, { headers })).json()).status, 'delivered');
    assert.equal((await fetch(one, { method: 'PATCH', headers, body: '{"title":"Changed"}' })).status, 200);
    assert.equal((await fetch(one, { method: 'DELETE', headers })).status, 204);
    assert.equal((await (await fetch(`${mount}/presence?user=alice&user=bob`, { headers })).json()).users.length, 2);
  });

  test(`${kind}: publishing needs a key and no browser, and its body has a limit`, async (t) => {
    const { site, post } = await openPublishing(t, kind);
    const row = { user: 'alice', title: 'No' };
    await checkPublishRefusal(await post(row, { authorization: '' }), 401);
    await checkPublishRefusal(await post(row, { authorization: `Bearer belfry_${'x'.repeat(43)}` }), 401);
    await checkPublishRefusal(await post(row, { origin: 'https://app.example.com' }), 403);
    await checkPublishRefusal(await post({ ...row, body: 'x'.repeat(1_200_000) }), 413);
    await checkPublishRefusal(await post(Array(1001).fill(row)), 413);
    await site.belfry(['key', 'revoke', 'shop']);
    await checkPublishRefusal(await post(row), 401);
    assert.deepEqual(await site.sql('SELECT id FROM notifications'), []);
  });
}

test('apache-cgi: even an unreadable configuration is answered in JSON', async (t) => {
  const { site, ask } = await openBehind(t, 'apache-cgi');
  site.configure({ auth: { no_such_key: 'x' } });
  await checkRefusal(await ask({ method: 'POST', body: '{}' }), 500, 'Server configuration error');
});

for (const kind of ['apache-cgi', 'apache-prefork-cgi']) {
  test(`${kind}: a query string does not become command line arguments`, async (t) => {
    const { site, url } = await openBehind(t, kind);
    const { cookie } = await site.session('alice');
    // With this configuration, an attacker could sign in as anybody.
    const evil = `[belfry]
database = ${site.database}
[token]
secret_file = ${join(site.folder, 'secret')}
[auth]
session_sources = query
session_database = ${site.sessions}
session_cookie = x
session_query = SELECT 'root' AS user_id, 'admin' AS role WHERE :token = '1'
`;
    const upload = join(site.folder, 'upload');
    writeFileSync(upload, evil, { mode: 0o644 });
    const queries = [
      '--config+/dev/stdin', `--config+${upload}`, `-c+${upload}`, `--config%3D${upload}`, '--check', '--version', '--help',
      `--socket+${site.folder}/x.sock`, '--threads+0', 'nonsense', '-', '--', '',
    ];
    for (const query of queries) {
      const ask = (headers) => fetch(`${url}${PATH}?${query}`, { method: 'POST', body: evil, headers });
      await checkRefusal(await ask({ cookie: 'x=1' }), 401, 'Unauthorized');
      const answer = await ask({ cookie: `x=1; ${cookie}` });
      assert.equal(answer.status, 200, query);
      assert.equal((await answer.json()).userId, 'alice', query);
    }
    assert.equal(existsSync(join(site.folder, 'x.sock')), false);
  });

  test(`${kind}: no request header becomes a setting`, async (t) => {
    const { site, ask } = await openBehind(t, kind);
    const { cookie } = await site.session('alice');
    const headers = {
      'belfry-config': '/dev/stdin', 'belfry-auth-session-sources': 'remote_user', 'belfry-user': 'root', 'remote-user': 'root',
      'auth-secret': 'x'.repeat(40), 'auth-type': 'Basic', 'belfry-token-secret-file': '/etc/passwd',
    };
    await checkRefusal(await ask({ headers }), 401, 'Unauthorized');
    assert.equal((await (await ask({ headers: { ...headers, cookie } })).json()).userId, 'alice');
  });

  test(`${kind}: the other programs do nothing if a web server starts them`, async (t) => {
    const site = await openSite(t, { gateway: false });
    const more = ['belfry', 'belfry-gateway']
      .map((name) => `ScriptAlias "/cgi-bin/${name}" "${join(build, name)}"`)
      .join('\n');
    const url = await site.startWeb(kind, { more: `${more}\n<Location "/cgi-bin/">\nRequire all granted\n</Location>` });
    const queries = ['', 'send+alice+hello', `--config+${site.config}+send+alice+hello`, 'help', '--version', '--check'];
    for (const name of ['belfry', 'belfry-gateway']) {
      for (const query of queries) {
        const answer = await fetch(`${url}/cgi-bin/${name}?${query}`);
        assert.equal(answer.status, 500, `${name} ${query}`);
        assert.doesNotMatch(await answer.text(), /usage|Belfry|belfry-gateway \d/);
      }
    }
    assert.deepEqual(await site.sql('SELECT id FROM notifications'), []);
  });
}

test('a program that finds itself under CGI says what to do about it', async () => {
  for (const name of ['belfry', 'belfry-gateway']) {
    for (const env of [{ GATEWAY_INTERFACE: 'CGI/1.1' }, { REQUEST_METHOD: '' }]) {
      const { code, stdout, stderr } = await runProgram(join(build, name), ['--version'], { env });
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /not a CGI program.*env -u GATEWAY_INTERFACE -u REQUEST_METHOD/);
    }
  }
});

/** The status of a request over HTTP/2 as a browser sends it: without a Host header. */
function askByHttp2(t, url, ca, headers) {
  const session = connectHttp2(url, { ca });
  atEnd(t, () => session.destroy());
  const request = session.request({ ':path': PATH, ...headers });
  return new Promise((resolve, reject) => {
    session.on('error', reject);
    request.on('error', reject).on('response', (answer) => resolve(answer[':status']));
  });
}

test('nginx: over HTTP/2 a page of the site may request a token, one of another may not', async (t) => {
  const { site, url } = await openBehind(t, 'nginx', { tls: true, http2: true });
  const { value } = await site.session('alice');
  const cookie = `__Secure-authjs.session-token=${value}`;
  assert.equal(await askByHttp2(t, url, site.ca, { cookie, origin: url }), 200);
  assert.equal(await askByHttp2(t, url, site.ca, { cookie, origin: 'https://evil.example' }), 403);
});

/** The status of a request without Host: $http_host is empty then, as for HTTP/3 in nginx. */
async function askWithoutHost(url, path, headers) {
  const { hostname, port } = new URL(url);
  const socket = connectTcp(Number(port), hostname);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`GET ${path} HTTP/1.0\r\n${lines}\r\n`);
  const [chunk] = await within(once(socket, 'data'), () => 'an answer by HTTP/1.0');
  socket.destroy();
  return Number(/^HTTP\/1\.\d (\d+)/.exec(chunk)[1]);
}

for (const where of ['deploy/nginx.conf', 'the manual']) {
  test(`nginx as ${where} has it: without a Host header, a page of the site may request a token, one of another may not`, async (t) => {
    const site = await openSite(t, { gateway: false, auth: true });
    const example = documented('belfry-auth.8', ['large_client_header_buffers'], {
      'large_client_header_buffers 4 16k;': '',
      'include fastcgi_params': 'include /etc/nginx/fastcgi_params',
      '/run/belfry/auth.sock': site.authSocket,
      [PATH]: '/example',
    });
    const url = await site.startWeb('nginx', { more: `server_name 127.0.0.1;\n${example}` });
    const path = where === 'the manual' ? '/example' : PATH;
    const { cookie } = await site.session('alice');
    assert.equal(await askWithoutHost(url, path, { cookie, origin: url }), 200);
    assert.equal(await askWithoutHost(url, path, { cookie, origin: 'https://evil.example' }), 403);
  });
}

/** Keeps requesting tokens, and calls `restart` again each time that responses have come since. */
async function restartUnderLoad(t, site, url, restart) {
  const { cookie } = await site.session('alice');
  const load = startLoad(t, url, { headers: { cookie } });
  for (let n = 0; n < 5; n++) {
    await load.answers(40);
    await restart();
  }
  await load.answers(40);
  const statuses = await load.stop();
  assert.deepEqual(statuses.filter((status) => status !== 200), [], `of ${statuses.length} answers`);
}

for (const kind of services) {
  test(`${kind}: no request is lost while belfry-auth restarts on the socket that systemd holds`, async (t) => {
    const site = await openSite(t, { gateway: false });
    const { restart } = await superviseAuth(site);
    const url = await site.startWeb(kind);
    await restartUnderLoad(t, site, url + PATH, restart);
  });
}

test('nginx: no request is lost when two processes serve, and restart one after the other', async (t) => {
  const site = await openSite(t, { gateway: false });
  const sockets = ['one.sock', 'two.sock'].map((name) => join(site.folder, name));
  const start = async (socket) => {
    const program = new Program(t, join(build, 'belfry-auth'), ['--config', site.config, '--socket', socket], { env: site.env });
    atEnd(t, () => program.stop());
    await program.line(/listening on/);
    return program;
  };
  const programs = [await start(sockets[0]), await start(sockets[1])];
  const upstream = `upstream belfry { ${sockets.map((socket) => `server unix:${socket} max_fails=0;`).join(' ')} }`;
  const more = `location = /two { include /etc/nginx/fastcgi_params; fastcgi_pass belfry; }`;
  const url = await site.startWeb('nginx', { more, before: upstream });
  let turn = 0;
  await restartUnderLoad(t, site, `${url}/two`, async () => {
    const n = turn++ % 2;
    await programs[n].stop();
    programs[n] = await start(sockets[n]);
  });
});

/** The examples of belfry-auth(8), each combined with the deployed configuration, which has parts of it already. */
const examples = [
  ['nginx', ['large_client_header_buffers'], {
    'large_client_header_buffers 4 16k;': '',
    'include fastcgi_params': 'include /etc/nginx/fastcgi_params',
    '/run/belfry/auth.sock': (site) => site.authSocket,
  }],
  ['lighttpd', ['server.max-request-field-size'], {
    'server.max-request-field-size = 32768': '',
    '/run/belfry/auth.sock': (site) => site.authSocket,
  }],
  ['lighttpd', ['bin-path'], {
    '/run/lighttpd/belfry-auth.sock': (site) => join(site.folder, 'spawned.sock'),
    '/usr/local/libexec/belfry/belfry-auth': (site) => `${join(build, 'belfry-auth')} --config ${site.config}`,
  }],
  ['apache', ['CGIPassAuth', 'ProxyPass'], { '/run/belfry/auth.sock': (site) => site.authSocket }],
  ['apache-cgi', ['ScriptAlias'], { '/usr/local/libexec/belfry/belfry-auth': () => join(build, 'belfry-auth') }],
  ['caddy', ['transport fastcgi\n'], { 'unix//run/belfry/auth.sock': (site) => `unix/${site.authSocket}` }],
];

for (const [kind, texts, replacements] of examples) {
  test(`${kind}: the manual's example with ${texts[0].trim()} gives tokens`, async (t) => {
    const site = await openSite(t, { gateway: false, auth: kind !== 'apache-cgi' });
    const made = Object.entries(replacements).map(([from, to]) => [from, typeof to === 'string' ? to : to(site)]);
    const more = documented('belfry-auth.8', texts, { [PATH]: '/example', ...Object.fromEntries(made) });
    const url = await site.startWeb(kind, { more });
    const { cookie } = await site.session('alice');
    const answer = await fetch(`${url}/example`, { headers: { cookie } });
    assert.equal(answer.status, 200);
    assert.equal((await answer.json()).userId, 'alice');
  });
}
