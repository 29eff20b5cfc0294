// The tutorials of web frameworks, docs/*.md, in the real frameworks: how users get their tokens, by the
// files of deploy/examples, unchanged; how the application rings; what a logout ends.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSite, socketClient } from './harness.mjs';
import { frameworks } from './lib/frameworks.mjs';

const PATH = '/api/websocket/auth';

for (const [name, start] of Object.entries(frameworks)) {
  test(`${name}: a token for a signed-in user, who is rung until the logout`, async (t) => {
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
    const visit = async (path) => assert.ok((await fetch(url + path, { headers: { cookie } })).status < 300, path);
    await visit('/ring');
    const { title, data } = await client.event('notification');
    assert.deepEqual({ title, data }, { title: 'Bob wrote to you', data: { url: '/inbox/7' } });
    await visit('/leave');
    await client.event('disconnect');
    assert.equal((await site.sql('SELECT user_id FROM revocations'))[0].user_id, '42');
  });

  test(`${name}: no token without a secret, or with a short one`, async (t) => {
    const site = await openSite(t, { gateway: false });
    const { url, cookie } = await start(t, site, 'short');
    const answer = await fetch(url + PATH, { headers: { cookie } });
    assert.equal(answer.status, 500);
    assert.doesNotMatch(await answer.text(), /"token"/);
  });
}
