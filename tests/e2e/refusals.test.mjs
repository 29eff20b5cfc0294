// Refused connections, and what the client is told: each message of
// belfry-protocol(7), with socket.io-client and ws.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { openSite, plainClient, socketClient, testCarriers } from './harness.mjs';

const base64url = (data) => Buffer.from(data).toString('base64url');
const hourAgo = () => Math.floor(Date.now() / 1000) - 3600;

/** Invalid or missing tokens, and what the client is told. */
const refusals = {
  'no token': {
    token: () => undefined,
    message: 'No authentication token provided', code: 'token_missing',
  },
  'a token signed with another secret': {
    token: (site) => site.token({ sub: 'alice' }, { secret: randomBytes(33).toString('base64') }),
    message: 'Invalid authentication token', code: 'token_invalid',
  },
  'a token without algorithm': {
    token: () => `${base64url('{"alg":"none"}')}.${base64url(`{"sub":"alice","exp":${hourAgo() + 7200}}`)}.`,
    message: 'Invalid authentication token', code: 'token_invalid',
  },
  'a token without subject': {
    token: (site) => site.token({ sub: undefined }),
    message: 'Invalid authentication token', code: 'token_invalid',
  },
  'a token without end': {
    token: (site) => site.token({ sub: 'alice', exp: undefined }),
    message: 'Invalid authentication token', code: 'token_invalid',
  },
  'garbage for a token': {
    token: () => 'not.a.token',
    message: 'Invalid authentication token', code: 'token_invalid',
  },
  'an expired token': {
    token: (site) => site.token({ sub: 'alice', iat: hourAgo() - 60, exp: hourAgo() }),
    message: 'Authentication token expired', code: 'token_expired',
  },
};

for (const [what, { token, message, code }] of Object.entries(refusals)) {
  testCarriers(`socket.io-client with ${what} is told "${message}"`, async (t) => {
    const site = await openSite(t);
    const made = await token(site);
    const client = socketClient(t, site.url, { auth: made === undefined ? {} : { token: made } });
    const error = await client.event('connect_error');
    assert.equal(error.message, message);
    assert.equal(error.data?.code, code);
    await site.gateway.line(/token/);
  });

  test(`ws with ${what} is told "${message}", and closed with 4401`, async (t) => {
    const site = await openSite(t);
    const made = await token(site);
    const client = plainClient(t, `${site.url}/ws`);
    await client.inbox.next((frame) => 'open' in frame, 'the connection');
    client.send('auth', made === undefined ? {} : { token: made });
    const error = await client.event('error');
    assert.equal(error.message, message);
    assert.equal(error.code, code);
    assert.equal((await client.closed()).close, 4401);
  });
}

test('the log says which secrets were tried, by their fingerprints', async (t) => {
  const site = await openSite(t);
  const client = socketClient(t, site.url, {
    auth: { token: await site.token({ sub: 'alice' }, { secret: randomBytes(33).toString('base64') }) },
  });
  await client.event('connect_error');
  const fingerprint = createHash('sha256').update(site.secret).digest('hex').slice(0, 6);
  await site.gateway.line(new RegExp(`token refused: .*signature fits none of 1 secrets? \\(.*${fingerprint}`));
});

test('a token in Authorization is refused alike in both framings', async (t) => {
  const site = await openSite(t);
  const client = plainClient(t, `${site.url}/ws`, { token: 'not.a.token' });
  assert.equal((await client.event('error')).code, 'token_invalid');
  assert.equal((await client.closed()).close, 4401);
});

testCarriers('a token signed with an older secret is still valid', async (t) => {
  const site = await openSite(t, { gateway: false });
  const old = randomBytes(33).toString('base64');
  site.secrets.add(old);
  await site.configure({ token: { secret_file: '' } });
  await site.startGateway({ env: { AUTH_SECRET: old, AUTH_SECRET_1: site.secret } });
  for (const secret of [old, site.secret]) {
    const client = socketClient(t, site.url, { auth: { token: await site.token({ sub: 'alice' }, { secret }) } });
    assert.equal((await client.event('connected')).userId, 'alice');
  }
});

testCarriers('a revoked user is told so, and an open connection is closed with 4403', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const open = plainClient(t, `${site.url}/ws`, { token });
  const page = socketClient(t, site.url, { auth: { token }, reconnection: true });
  await open.event('connected');
  await page.event('connected');
  await site.sql("INSERT INTO revocations (user_id) VALUES ('alice')");
  assert.equal((await open.closed()).close, 4403);
  assert.equal(await page.event('disconnect'), 'io server disconnect');

  const again = socketClient(t, site.url, { auth: { token } });
  const error = await again.event('connect_error');
  assert.equal(error.message, 'Session revoked');
  assert.equal(error.data.code, 'session_revoked');
  const plain = plainClient(t, `${site.url}/ws`, { token });
  assert.equal((await plain.event('error')).message, 'Session revoked');
  assert.equal((await plain.closed()).close, 4403);
});

test('one connection too many of a user is closed with 4429, and told why in the plain framing', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_connections_per_user: 2 } } });
  const token = await site.token();
  const plain = (sub) => plainClient(t, `${site.url}/ws`, { token: sub ?? token });
  const first = plain();
  await first.event('connected');
  await plain().event('connected');
  const third = plain();
  const error = await third.event('error');
  assert.equal(error.message, 'Too many connections');
  assert.equal(error.code, 'too_many_connections');
  assert.equal((await third.closed()).close, 4429);

  const page = socketClient(t, site.url, { auth: { token } });
  assert.equal(await page.event('disconnect').catch(() => 'none'), 'transport close');
  assert.equal(page.inbox.all.some((event) => event.name === 'connect_error' && event.args[0].data?.code), false);

  const bob = plain(await site.token({ sub: 'bob' }));
  await bob.event('connected');
  first.socket.close();
  await first.closed();
  await plain().event('connected');
});

test('a silent client is closed after the time to authenticate', async (t) => {
  const site = await openSite(t, { settings: { gateway: { auth_timeout: '300ms' } } });
  const silent = plainClient(t, `${site.url}/ws`);
  assert.equal((await silent.closed()).close, 4401);
});

testCarriers('namespaces other than / are refused, and the connection stays open', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const other = socketClient(t, `${site.url}/admin`, { auth: { token } });
  assert.equal((await other.event('connect_error')).message, 'Invalid namespace');
});
