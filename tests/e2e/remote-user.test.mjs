// Users authenticated by the web server itself, with the examples of belfry-auth(8),
// unchanged; and that nobody else can claim to be one.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { jwtVerify } from 'jose';
import { atEnd, build, documented, openSite, runProgram } from './harness.mjs';

const PATH = '/api/websocket/auth';
const PASSWORD = 'correct horse battery';

const basic = (user, password) => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` });

/** A site that trusts the web server's authentication; its `htpasswd` is readable for the web servers. */
async function trustingSite(t) {
  const site = await openSite(t, { gateway: false, auth: true, settings: { auth: { session_sources: 'remote_user' } } });
  const htpasswd = join(site.folder, 'htpasswd');
  writeFileSync(htpasswd, `alice:{SHA}${createHash('sha1').update(PASSWORD).digest('base64')}\n`, { mode: 0o644 });
  return { site, htpasswd };
}

/** For each server: the example that checks passwords, and where it goes. */
const passwords = {
  nginx: ({ site, htpasswd }) => ({
    path: '/staff',
    more: documented('belfry-auth.8', ['auth_basic_user_file'], {
      [PATH]: '/staff',
      '/etc/nginx/htpasswd': htpasswd,
      'include fastcgi_params': 'include /etc/nginx/fastcgi_params',
      '/run/belfry/auth.sock': site.authSocket,
    }),
  }),
  lighttpd: ({ site, htpasswd }) => ({
    path: '/staff',
    more: `server.modules += ( "mod_setenv" )
setenv.add-environment = ( "BELFRY_CONFIG" => "${site.config}" )
${documented('belfry-auth.8', ['auth.backend.htpasswd.userfile'], {
  [PATH]: '/staff',
  '/etc/lighttpd/htpasswd': htpasswd,
  '/usr/local/libexec/belfry/belfry-auth': join(build, 'belfry-auth'),
})}`,
  }),
  apache: ({ site, htpasswd }) => ({
    path: '/staff',
    more: documented('belfry-auth.8', ['AuthUserFile'], {
      [PATH]: '/staff',
      '/etc/apache2/htpasswd': htpasswd,
      '/run/belfry/auth.sock': site.authSocket,
    }),
  }),
  caddy: async ({ site }) => {
    const { stdout } = await runProgram('/usr/bin/caddy', ['hash-password', '--plaintext', PASSWORD]);
    return {
      path: '/staff',
      more: documented('belfry-auth.8', ['basicauth'], {
        [PATH]: '/staff',
        '$2a$14$Zkx19XLiW6VYouLHR5NmfOFU0z2GTNmpkT/5qqR7hx4IjWJPDhjvG': stdout.trim(),
        'unix//run/belfry/auth.sock': `unix/${site.authSocket}`,
      }),
    };
  },
};

/** Apache checks passwords for a program that it starts for each request. */
const cgiPasswords = ({ htpasswd }) => ({
  path: PATH,
  more: `<Location "${PATH}">
AuthType Basic
AuthName "staff"
AuthUserFile ${htpasswd}
Require valid-user
</Location>`,
});

for (const [kind, example] of Object.entries({ ...passwords, 'apache-cgi': cgiPasswords, 'apache-prefork-cgi': cgiPasswords })) {
  test(`${kind}: a user with the right password gets a token, and nobody else`, async (t) => {
    const { site, htpasswd } = await trustingSite(t);
    const { path, more } = await example({ site, htpasswd });
    const url = await site.startWeb(kind, { more });
    const ask = (headers) => fetch(url + path, { headers });
    const answer = await ask(basic('alice', PASSWORD));
    assert.equal(answer.status, 200);
    const { payload } = await jwtVerify((await answer.json()).token, Buffer.from(site.secret));
    assert.equal(payload.sub, 'alice');
    for (const headers of [{}, basic('alice', 'wrong'), basic('bob', PASSWORD), { 'remote-user': 'alice', 'auth-type': 'Basic', 'belfry-user': 'alice' }]) {
      assert.equal((await ask(headers)).status, 401, JSON.stringify(headers));
    }
  });
}

for (const kind of [...Object.keys(passwords), 'apache-cgi', 'apache-prefork-cgi']) {
  test(`${kind}: without a password check, a merely claimed name gets no token`, async (t) => {
    const { site } = await trustingSite(t);
    const url = await site.startWeb(kind);
    const claims = [
      basic('alice', PASSWORD),
      { ...basic('alice', PASSWORD), 'auth-type': 'Basic', 'remote-user': 'alice' },
      { 'remote-user': 'alice', 'x-remote-user': 'alice', 'x-forwarded-user': 'alice', 'http-remote-user': 'alice' },
      { 'belfry-user': 'alice', 'x-belfry-user': 'alice', 'http-belfry-user': 'alice', 'belfry-role': 'admin' },
      { remote_user: 'alice', auth_type: 'Basic', belfry_user: 'alice' },
    ];
    for (const headers of claims) {
      const answer = await fetch(url + PATH, { headers });
      assert.equal(answer.status, 401, JSON.stringify(headers));
      assert.deepEqual(await answer.json(), { error: 'Unauthorized' });
    }
  });
}

/** Ways to pass on nginx' stock parameters without a password check. */
const unchecked = {
  'as it is': '',
  'without Authorization': 'fastcgi_param HTTP_AUTHORIZATION "";',
  'without any header': 'fastcgi_pass_request_headers off;',
  'with AUTH_TYPE': 'fastcgi_param AUTH_TYPE Basic;',
  'satisfied by the address': 'satisfy any; allow 127.0.0.1; deny all; auth_basic "staff"; auth_basic_user_file HTPASSWD;',
};

for (const [way, directives] of Object.entries(unchecked)) {
  test(`nginx with its own fastcgi_params, ${way}: a merely claimed name gets no token`, async (t) => {
    const { site, htpasswd } = await trustingSite(t);
    const more = `location = /open {
      include /etc/nginx/fastcgi_params;
      ${directives.replace('HTPASSWD', htpasswd)}
      fastcgi_pass unix:${site.authSocket};
    }`;
    const url = await site.startWeb('nginx', { more });
    for (const password of ['x', PASSWORD]) {
      assert.equal((await fetch(`${url}/open`, { headers: basic('alice', password) })).status, 401);
    }
    await site.auth.line(/REMOTE_USER names somebody, .*let it pass the name in BELFRY_USER/);
  });
}

for (const kind of ['apache', 'apache-cgi']) {
  test(`${kind}: a request allowed without a password gets no token, whatever name it claims`, async (t) => {
    const { site, htpasswd } = await trustingSite(t);
    const passes = {
      apache: `ProxyFCGISetEnvIf "true" BELFRY_USER "%{REMOTE_USER}"\nProxyPass "unix:${site.authSocket}|fcgi://localhost/"`,
      'apache-cgi': `SetEnv BELFRY_CONFIG "${site.config}"`,
    };
    const path = kind === 'apache' ? '/either' : PATH;
    const more = `<Location "${path}">
AuthType Basic
AuthName "staff"
AuthUserFile ${htpasswd}
<RequireAny>
Require method GET
Require valid-user
</RequireAny>
${passes[kind]}
</Location>`;
    const url = await site.startWeb(kind, { more });
    assert.equal((await fetch(url + path, { headers: basic('alice', 'x') })).status, 401);
    assert.equal((await fetch(url + path)).status, 401);
  });
}

/** An application that identifies its users by its own cookie. */
async function application(t) {
  const server = createServer((request, response) => {
    const user = /\bsid=of-(\w+)/.exec(request.headers.cookie ?? '')?.[1];
    response.writeHead(user ? 200 : 401, user ? { 'x-user': user } : {});
    response.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => server.close());
  return server.address().port;
}

test('nginx asks the application who the user is (auth_request)', async (t) => {
  const port = await application(t);
  const { site } = await trustingSite(t);
  const more = documented('belfry-auth.8', ['auth_request'], {
    [PATH]: '/who',
    'include fastcgi_params': 'include /etc/nginx/fastcgi_params',
    'http://127.0.0.1:8000': `http://127.0.0.1:${port}`,
    '/run/belfry/auth.sock': site.authSocket,
  });
  const url = await site.startWeb('nginx', { more });
  const ask = (headers) => fetch(`${url}/who`, { headers });
  const answer = await ask({ cookie: 'sid=of-ada' });
  assert.equal(answer.status, 200);
  assert.equal((await answer.json()).userId, 'ada');
  assert.equal((await ask({})).status, 401);
  assert.equal((await ask({ 'remote-user': 'ada', 'x-user': 'ada', 'belfry-user': 'ada' })).status, 401);
  assert.equal((await ask(basic('ada', PASSWORD))).status, 401);
});
