// Sessions as Auth.js creates them: encrypted cookies, written by its own code.

import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { jwtVerify } from 'jose';
import { openSite } from './harness.mjs';

// Node 18 has no global crypto.
globalThis.crypto ??= webcrypto;
const { encode } = await import('@auth/core/jwt');

const user = { sub: 'u1', email: 'ada@example.com', name: 'Ada' };

async function ask(url, cookie) {
  return fetch(`${url}/api/websocket/auth`, { headers: { cookie } });
}

async function mounted(t) {
  const site = await openSite(t, { gateway: false, auth: true });
  return { site, url: await site.startWeb('nginx') };
}

for (const name of ['authjs.session-token', '__Secure-authjs.session-token']) {
  test(`an encrypted cookie ${name} is a session`, async (t) => {
    const { site, url } = await mounted(t);
    const value = await encode({ token: user, secret: site.secret, salt: name });
    site.secrets.add(value);
    const answer = await ask(url, `${name}=${value}`);
    assert.equal(answer.status, 200);
    const { payload } = await jwtVerify((await answer.json()).token, Buffer.from(site.secret));
    assert.deepEqual([payload.sub, payload.email, payload.name], ['u1', 'ada@example.com', 'Ada']);
    assert.equal(payload.belfry_sid, undefined);
  });
}

test('a cookie split into chunks is joined again', async (t) => {
  const { site, url } = await mounted(t);
  const name = 'authjs.session-token';
  const value = await encode({ token: { ...user, picture: 'x'.repeat(5000) }, secret: site.secret, salt: name });
  const chunks = value.match(/.{1,3800}/g).map((part, n) => `${name}.${n}=${part}`);
  assert.ok(chunks.length > 1);
  assert.equal((await ask(url, chunks.join('; '))).status, 200);
  assert.equal((await ask(url, chunks.slice(1).join('; '))).status, 401);
});

test('a cookie that is tampered with, expired, or of another secret is no session', async (t) => {
  const { site, url } = await mounted(t);
  const salt = 'authjs.session-token';
  const good = await encode({ token: user, secret: site.secret, salt });
  const bad = [
    await encode({ token: user, secret: 'another-secret-of-more-than-32-octets', salt }),
    good.slice(0, -2) + (good.endsWith('AA') ? 'BB' : 'AA'),
    await encode({ token: user, secret: site.secret, salt, maxAge: -60 }),
    await encode({ token: user, secret: site.secret, salt: 'another.cookie' }),
  ];
  for (const value of bad) assert.equal((await ask(url, `${salt}=${value}`)).status, 401);
  assert.equal((await ask(url, `${salt}=${good}`)).status, 200);
});

test('a cookie without a subject is no session', async (t) => {
  const { site, url } = await mounted(t);
  const salt = 'authjs.session-token';
  const value = await encode({ token: { email: 'ada@example.com' }, secret: site.secret, salt });
  assert.equal((await ask(url, `${salt}=${value}`)).status, 401);
});
