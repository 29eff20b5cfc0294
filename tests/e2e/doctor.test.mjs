// `belfry doctor` on sites that are well, and on some with the usual faults: of the configuration, the
// queue, the gateway, and the web server in front.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, openSite, Program, Site, startOnFreePort } from './harness.mjs';

/** A site whose configuration says where its gateway listens, so that `belfry` finds it. */
async function openFound(t, settings = {}) {
  const site = await openSite(t, { postgres: false, gateways: 1, gateway: false, auth: true, settings: {
    ...settings, gateway: { ping_interval: '1s', ...settings.gateway } } });
  site.configure({ auth: { socket: site.authSocket }, gateway: { ops_listen: `unix:${join(site.folder, 'ops')}` } });
  await site.startGateway();
  site.configure({ auth: { socket: site.authSocket }, gateway: { listen: site.address, ops_listen: `unix:${join(site.folder, 'ops')}` } });
  return site;
}

/** What it finds, by check; of those with a fault, all of `faults` and no others. */
async function examine(site, args, faults, env) {
  const status = faults.length > 0 ? 1 : 0;
  const { stdout } = await site.belfry(['doctor', '--json', ...args], { status, env });
  const findings = JSON.parse(stdout);
  for (const one of findings) {
    assert.deepEqual(Object.keys(one).sort(), ['check', 'ok', 'todo', 'what']);
    assert.equal(one.ok, one.todo === null);
    assert.ok(one.what.length > 0);
  }
  assert.deepEqual(findings.filter(({ ok }) => !ok).map(({ check }) => check).sort(), [...faults].sort(), stdout);
  return Object.fromEntries(findings.map((one) => [one.check, one]));
}

/** nginx before the site, with `location` for its gateway instead of what deploy/nginx.conf says. */
function startNginx(t, site, location) {
  return startOnFreePort(async (port) => {
    const folder = join(site.folder, `nginx-${port}`);
    mkdirSync(folder);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ');
    writeFileSync(join(folder, 'nginx.conf'), `daemon off; pid ${folder}/pid; error_log stderr notice; worker_processes 1;
      ${process.getuid() === 0 ? 'user root;' : ''} events {}
      http { access_log off; ${temporary} server { listen 127.0.0.1:${port}; ${location} } }`);
    const nginx = new Program(t, 'nginx', ['-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {});
    atEnd(t, () => nginx.dismiss());
    await nginx.line(/start worker process \d|in use/);
    if (nginx.has(/in use/)) throw new Error('address in use');
    return `http://127.0.0.1:${port}`;
  });
}

const auth = (site) => `location = /api/websocket/auth { fastcgi_param REQUEST_METHOD $request_method; fastcgi_param REQUEST_URI $request_uri;
  fastcgi_param REMOTE_ADDR $remote_addr; fastcgi_param HTTP_HOST $http_host; fastcgi_param HTTP_COOKIE $http_cookie; fastcgi_pass unix:${site.authSocket}; }`;
const proxy = (site, more = '') => `location /socket.io/ { proxy_pass http://${site.address}; proxy_http_version 1.1; ${more} }`;
const UPGRADE = 'proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';

test('a site that is well: over HTTPS, with a login', async (t) => {
  const site = await openFound(t);
  const url = await site.startWeb('nginx', { tls: true });
  const cookie = join(site.folder, 'cookie');
  writeFileSync(cookie, `Cookie: __Secure-${(await site.session('alice')).cookie}\n`, { mode: 0o600 });
  const env = { SSL_CERT_FILE: join(site.folder, 'ca.pem') };
  writeFileSync(env.SSL_CERT_FILE, site.ca);
  const found = await examine(site, ['--url', url, '--cookie-file', cookie, '--user', 'bob'], [], env);
  assert.match(found['site: token'].what, /a token for alice/);
  assert.match(found['site: heartbeat'].what, /a heartbeat comes through/);
  assert.match(found.notification.what, /bob was sent one, and received it/);
  assert.deepEqual(Object.keys(found), ['configuration', 'secrets', 'files', 'database', 'database rights', 'free space', 'gateway', 'descriptors',
    'belfry-auth', 'site: token', 'site: upgrade', 'site: heartbeat', 'site: polling', 'site: origin', 'notification', 'site: clock']);
  // The row was only for the test.
  assert.deepEqual(await site.sql('SELECT * FROM notifications'), []);
  const { stdout } = await site.belfry(['doctor']);
  assert.match(stdout, /^ok +configuration +\S+belfry\.conf\n[^]*ok +notification +belfry-doctor was sent one, and received it\nAll is well\.\n$/);
  assert.ok(!(await site.belfry(['doctor', '--json', '--url', url], { env })).stdout.includes(site.secret));

  // A certificate that nobody vouches for, and a login that is none.
  const distrust = await examine(site, ['--url', url], ['site: token', 'site: upgrade', 'site: heartbeat', 'site: polling', 'site: origin', 'site: clock'], { SSL_CERT_FILE: '/dev/null' });
  assert.match(distrust['site: token'].what, /its certificate is not accepted: /);
  writeFileSync(cookie, '__Secure-authjs.session-token=nobody\n');
  assert.match((await examine(site, ['--url', url, '--cookie-file', cookie], ['site: token'], env))['site: token'].todo, /belfry session check/);
});

test('faults of a web server are told apart, with what to do about each', async (t) => {
  const site = await openFound(t, { gateway: { ping_interval: '20s' } });
  const [noUpgrade, short, noHost, elsewhere, down] = await Promise.all([
    startNginx(t, site, `${auth(site)} ${proxy(site, 'proxy_set_header Host $http_host;')}`),
    startNginx(t, site, `${auth(site)} ${proxy(site, `${UPGRADE} proxy_set_header Host $http_host; proxy_read_timeout 1s;`)}`),
    startNginx(t, site, `${auth(site)} ${proxy(site, UPGRADE)}`),
    startNginx(t, site, 'location / { return 404; }'),
    startNginx(t, site, `location / { proxy_pass http://127.0.0.1:1; }`),
  ]);
  // The checks of the site alone: what is behind it is well.
  const see = async (url, faults) => examine(site, ['--url', url], faults);
  const [a, b, c, d, e] = await Promise.all([
    see(noUpgrade, ['site: upgrade']),
    see(short, ['site: heartbeat']),
    see(noHost, ['site: origin']),
    see(elsewhere, ['site: token', 'site: upgrade', 'site: polling']),
    see(down, ['site: token', 'site: upgrade', 'site: polling']),
  ]);
  assert.match(a['site: upgrade'].todo, /proxy_set_header Upgrade \$http_upgrade/);
  assert.match(b['site: heartbeat'].todo, /proxy_read_timeout 90s/);
  assert.match(c['site: origin'].todo, /proxy_set_header Host \$http_host/);
  assert.match(d['site: token'].todo, /pass this path on/);
  assert.match(e['site: upgrade'].todo, /start belfry-gateway/);
  assert.match(e['site: token'].what, /502/);
});

test('faults of the programs, the queue and the configuration', async (t) => {
  const site = await openFound(t);
  const saved = readFileSync(site.config, 'utf8');
  // Another secret than that of the gateway.
  writeFileSync(join(site.folder, 'other'), 'another secret, which is long enough for it\n', { mode: 0o600 });
  writeFileSync(site.config, saved.replace(/^secret_file = .*$/m, `secret_file = ${join(site.folder, 'other')}`));
  const other = await examine(site, [], ['notification']);
  assert.match(other.notification.what, /the gateway refuses a token that is signed with the secret configured here/);
  assert.match(other.notification.todo, /same secret/);
  // A weak one, and none.
  writeFileSync(join(site.folder, 'other'), 'short\n', { mode: 0o600 });
  assert.match((await examine(site, [], ['secrets'])).secrets.todo, /openssl rand -base64 33/);
  writeFileSync(site.config, saved.replace(/^secret_file = .*$/m, `secret_file = ${join(site.folder, 'other')}\nallow_weak_secret = yes`));
  assert.match((await examine(site, [], ['secrets', 'notification'])).secrets.what, /anybody who guesses one can be any user/);
  writeFileSync(site.config, saved);

  chmodSync(site.database, 0o666);
  const open = await examine(site, [], ['database rights']);
  assert.match(open['database rights'].todo, /chmod o=/);
  chmodSync(site.database, 0o660);

  execFileSync('prlimit', ['--pid', site.gateway.pid, '--nofile=1000:']);
  assert.match((await examine(site, [], ['descriptors'])).descriptors.todo, /LimitNOFILE=65536/);
  renameSync(site.database, `${site.database}.away`);
  const away = await examine(site, [], ['database', 'descriptors', 'gateway']);
  assert.match(away.gateway.what, /^it runs, but is not ready: queue unavailable: .*No such file/);
  renameSync(`${site.database}.away`, site.database);

  await site.auth.stop();
  await site.gateway.stop();
  const down = await examine(site, [], ['gateway', 'belfry-auth']);
  assert.match(down.gateway.todo, /systemctl start belfry-gateway/);
  assert.match(down['belfry-auth'].todo, /systemctl start belfry-auth/);

  await site.sql('PRAGMA journal_mode = DELETE');
  assert.match((await examine(site, [], ['database', 'gateway', 'belfry-auth'])).database.what, /journal mode delete/);

  await site.belfry(['doctor', '--cookie-file', 'x'], { status: 2 });
  await site.belfry(['doctor', '--url', 'shop.example'], { status: 2 });
  const missing = ['doctor', '--url', 'http://127.0.0.1:1', '--cookie-file'];
  assert.match((await site.belfry([...missing, join(site.folder, 'none')], { status: 2 })).stderr, /No such file/);
  writeFileSync(join(site.folder, 'cookie'), '__Secure-authjs.session-token=secret\n');
  assert.match((await site.belfry([...missing, join(site.folder, 'cookie')], { status: 2 })).stderr, /is for https/);
  writeFileSync(site.config, `${saved}\n[gateway]\nlissten = 1\n`);
  assert.match((await examine(site, [], ['configuration'])).configuration.what, /belfry\.conf.*lissten/);
  const empty = new Site(t, {});
  const gone = await examine(empty, [], ['database', 'gateway']);
  assert.match(gone.database.todo, /belfry init/);
});
