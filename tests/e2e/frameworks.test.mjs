// How users of web frameworks get their tokens: the files of deploy/examples, unchanged, in the real
// frameworks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSite, socketClient } from './harness.mjs';
import { frameworks } from './lib/frameworks.mjs';

const PATH = '/api/websocket/auth';

for (const [name, start] of Object.entries(frameworks)) {
  test(`${name}: a token for a signed-in user, and 401 without a session`, async (t) => {
    const site = await openSite(t);
    const { url, cookie } = await start(t, site, site.secret);
    const answer = await fetch(url + PATH, { headers: { cookie } });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('cache-control'), /no-store/);
    const { token, expiresIn } = await answer.json();
    assert.equal(expiresIn, 3600);
    site.secrets.add(token);
    const client = socketClient(t, site.url, { auth: { token } });
    assert.equal((await client.event('connected')).userId, '42');
    for (const headers of [{}, { cookie: `${cookie.split('=')[0]}=nobody` }]) {
      const nobody = await fetch(url + PATH, { headers, redirect: 'manual' });
      assert.equal(nobody.status, 401);
      assert.deepEqual(await nobody.json(), { error: 'Unauthorized' });
    }
  });

  test(`${name}: no token without a secret, or with a short one`, async (t) => {
    const site = await openSite(t, { gateway: false });
    const { url, cookie } = await start(t, site, 'short');
    const answer = await fetch(url + PATH, { headers: { cookie } });
    assert.equal(answer.status, 500);
    assert.doesNotMatch(await answer.text(), /"token"/);
  });
}
