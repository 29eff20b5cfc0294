// A site with its own route for tokens: without the block for tokens, as the deployed configuration
// says, the route answers and the gateway is reachable; with it, the route is hidden.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { atEnd, openSite, socketClient } from './harness.mjs';

const PATH = '/api/websocket/auth';

/** The application, whose route issues tokens like those of deploy/examples. Returns its port. */
async function application(t, site) {
  const server = createServer(async (request, response) => {
    const token = request.url === PATH && (await site.token({ sub: 'own' }));
    response.writeHead(token ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ token, expiresIn: 3600 }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => server.closeAllConnections());
  atEnd(t, () => server.close());
  return server.address().port;
}

/** How each web server passes everything else to the application. */
const passing = {
  nginx: (port) => `location / { proxy_pass http://127.0.0.1:${port}; }`,
  lighttpd: (port) => `$HTTP["url"] =~ "^/api/" { proxy.server = ( "" => (( "host" => "127.0.0.1", "port" => ${port} ))) }`,
  apache: (port) => `ProxyPass "/api/" "http://127.0.0.1:${port}/api/"`,
  caddy: (port) => `reverse_proxy /api/* 127.0.0.1:${port}`,
};

for (const [kind, pass] of Object.entries(passing)) {
  test(`${kind}: the application's own route issues tokens if the block for them is left out`, async (t) => {
    const site = await openSite(t);
    const url = await site.startWeb(kind, { more: pass(await application(t, site)), ownRoute: true });
    const answer = await fetch(`${url}${PATH}`);
    assert.equal(answer.status, 200);
    const client = socketClient(t, url, { auth: { token: (await answer.json()).token } });
    assert.equal((await client.event('connected')).userId, 'own');
  });
}

test('nginx: the block for tokens hides the application\'s route, as its comment says', async (t) => {
  const site = await openSite(t, { auth: true });
  const url = await site.startWeb('nginx', { more: passing.nginx(await application(t, site)) });
  assert.equal((await fetch(`${url}${PATH}`)).status, 401);
});
