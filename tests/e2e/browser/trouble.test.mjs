// A permanent obstacle between a page and its gateway is reported, and not retried for ever.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPages } from '../harness.mjs';

const page = (options, policy = '') => `<!doctype html><title>A page</title><link rel="icon" href="data:,">${policy}
<script type="module">
  import { BelfryClient } from '/belfry/index.js';
  window.client = new BelfryClient(${options});
  window.errors = [];
  client.on('error', ({ code, message }) => errors.push([code, message]));
  client.connect();
</script>`;

const LOGIN = '<!doctype html><title>Sign in</title>';

const CASES = {
  'a port that there is not': [page("{ url: 'ws://127.0.0.1:99999/ws' }"), 'bad_address', /127\.0\.0\.1:99999/],
  'a policy that forbids it': [
    page("{ url: 'ws://127.0.0.1:9/ws' }", `<meta http-equiv="Content-Security-Policy" content="connect-src 'self'">`),
    'bad_address', /Add ws:\/\/127\.0\.0\.1:9 to connect-src/,
  ],
  'a login page': [page("{ token: '/login.html' }"), 'token_unavailable', /^\/login.html answered with a page.*Sign in again/],
  'a redirect to a login page': [page("{ token: '/moved' }"), 'token_unavailable', /answered with a page.*Sign in again/],
  'a redirect to the login of another site': [page("{ token: '/away' }"), 'token_unavailable', /redirects to another site.*Sign in again/],
};

for (const [name, [html, code, sentence]] of Object.entries(CASES)) {
  test(`${name} stops it with a sentence`, async (t) => {
    const more = `server.modules += ( "mod_redirect" )
url.redirect = ( "^/moved$" => "/login.html", "^/away$" => "http://127.0.0.2:9/login" )`;
    const { open } = await openPages(t, { 'page.html': html, 'login.html': LOGIN }, { more });
    const tab = await open('page.html');
    await tab.waitForFunction(() => window.client?.getState() === 'error');
    const [said] = await tab.evaluate(() => window.errors);
    assert.equal(said[0], code);
    assert.match(said[1], sentence);
  });
}

test('a redirect to the token endpoint is followed', async (t) => {
  const more = `server.modules += ( "mod_redirect" )
url.redirect = ( "^/moved$" => "/api/websocket/auth" )`;
  const { open } = await openPages(t, { 'page.html': page("{ token: '/moved' }") }, { more });
  const tab = await open('page.html');
  await tab.waitForFunction(() => window.client?.getState() === 'connected');
});

test('a page loaded by https is told that its gateway must be at wss:', async (t) => {
  const files = { 'page.html': page("{ url: 'ws://192.0.2.1/ws', token: async () => 'opaque' }") };
  const { open } = await openPages(t, files, { tls: true, browser: { ignoreHTTPSErrors: true } });
  const tab = await open('page.html');
  await tab.waitForFunction(() => window.client?.getState() === 'error');
  const [[code, message]] = await tab.evaluate(() => window.errors);
  assert.equal(code, 'bad_address');
  assert.match(message, /needs a gateway at wss:/);
});
