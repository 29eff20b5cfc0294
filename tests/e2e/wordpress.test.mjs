// The tutorial docs/wordpress.md, with Debian's WordPress and its plugin, unchanged.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSite, socketClient } from './harness.mjs';
import { shown } from './lib/tutorial.mjs';
import { startWordPress } from './lib/wordpress.mjs';

const TOKEN = '/api/websocket/auth';

test('WordPress: a bell and a token for a signed-in user, who is rung until the logout', async (t) => {
  const site = await openSite(t);
  const secret = shown('docs/wordpress.md', 'php', ['BELFRY_SECRET'], { 'the content of /etc/belfry/secret': site.secret });
  const { url, cookie } = await startWordPress(t, site, secret);
  const visit = async (path, headers = { cookie }) => {
    const answer = await fetch(url + path, { headers });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };
  const answer = await visit(TOKEN);
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.headers.get('cache-control'), /no-store/);
  const { token, expiresIn } = JSON.parse(answer.text);
  assert.equal(expiresIn, 3600);
  site.secrets.add(token);
  const client = socketClient(t, site.url, { auth: { token } });
  assert.equal((await client.event('connected')).userId, '1');

  assert.match((await visit('/footer')).text, /<belfry-bell>/);
  assert.doesNotMatch((await visit('/footer', {})).text, /<belfry-bell>/);
  const nobody = await visit(TOKEN, {});
  assert.deepEqual([nobody.status, JSON.parse(nobody.text)], [401, { error: 'Unauthorized' }]);

  await visit('/comment', {});
  const comment = await client.event('notification');
  assert.match(comment.title, /^Bob wrote about “.+”$/);
  assert.match(comment.data.url, /#comment-\d+$/);
  await visit('/ring');
  const { title, data } = await client.event('notification');
  assert.deepEqual({ title, data }, { title: 'Your order is on its way', data: { url: '/my-account/orders/' } });
  await visit('/leave');
  await client.event('disconnect');
  assert.equal((await site.sql('SELECT user_id FROM revocations'))[0].user_id, '1');
});
