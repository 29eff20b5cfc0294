import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenSource } from '../src/token.js';
import { Clock } from './support/clock.mjs';

const json = (status, body, headers) => new Response(JSON.stringify(body), { status, headers });
const answering = (...answers) => {
  const calls = [];
  const fetch = async (url, options) => {
    calls.push({ url, options });
    const answer = answers[Math.min(calls.length, answers.length) - 1];
    if (answer instanceof Error) throw answer;
    return answer.clone();
  };
  return { fetch, calls };
};
const good = json(200, { token: 'a.b.c', expiresIn: 3600 });

test('requests a token with the user\'s cookies', async () => {
  const { fetch, calls } = answering(good);
  const { value } = await new TokenSource('/auth', fetch).get();
  assert.equal(value, 'a.b.c');
  assert.equal(calls[0].url, '/auth');
  assert.equal(calls[0].options.credentials, 'include');
});

test('sends one request for any number of callers at the same time', async () => {
  const { fetch, calls } = answering(good);
  const tokens = new TokenSource('/auth', fetch);
  const [a, b, c] = await Promise.all([tokens.get(), tokens.renew(), tokens.get()]);
  assert.equal(calls.length, 1);
  assert.equal(a, b);
  assert.equal(b, c);
});

test('keeps a token while it has more than a minute left', async (t) => {
  const clock = new Clock(t);
  const { fetch, calls } = answering(good);
  const tokens = new TokenSource('/auth', fetch);
  await tokens.get();
  clock.sleep(3_539_999);
  await tokens.get();
  assert.equal(calls.length, 1);
  clock.sleep(1);
  await tokens.get();
  assert.equal(calls.length, 2);
});

test('sends a new request after forget()', async () => {
  const { fetch, calls } = answering(good);
  const tokens = new TokenSource('/auth', fetch);
  await tokens.get();
  tokens.forget();
  await tokens.get();
  assert.equal(calls.length, 2);
});

test('does not keep a token that was requested before forget()', async () => {
  const answers = [];
  const tokens = new TokenSource(() => new Promise((resolve) => answers.push(resolve)));
  const [first] = [tokens.get(), tokens.forget()];
  const second = tokens.get();
  answers[1]({ token: 'bob', expiresIn: 3600 });
  assert.equal((await second).value, 'bob');
  answers[0]({ token: 'alice', expiresIn: 3600 });
  await first;
  assert.equal((await tokens.get()).value, 'bob');
  assert.equal(answers.length, 2);
});

test('takes the lifetime from the token\'s claims if the endpoint does not send it', async (t) => {
  const clock = new Clock(t);
  const claims = btoa(JSON.stringify({ iat: 100, exp: 700 })).replace(/=+$/, '');
  const { endsAt } = await new TokenSource(async () => `x.${claims}.y`).get();
  assert.equal(endsAt, clock.now + 600_000);
});

test('uses a token without an expiry for one connection', async (t) => {
  const clock = new Clock(t);
  const { value, endsAt } = await new TokenSource(() => 'opaque').get();
  assert.equal(value, 'opaque');
  assert.equal(endsAt, clock.now);
});

for (const [status, code] of [[401, 'unauthorized'], [403, 'origin_refused'], [404, 'token_unavailable'],
  [500, 'token_unavailable'], [503, 'token_unavailable']]) {
  test(`reports ${code} for a ${status}`, async () => {
    const { fetch } = answering(json(status, { error: 'no' }));
    await assert.rejects(new TokenSource('/auth', fetch).get(), { code, status });
  });
}

test('honours Retry-After in seconds and as a date', async () => {
  const wait = async (value) => {
    const { fetch } = answering(json(503, {}, { 'retry-after': value }));
    return new TokenSource('/auth', fetch).get().catch((error) => error.retryAfter);
  };
  assert.equal(await wait('7'), 7000);
  const date = await wait(new Date(Date.now() + 60_000).toUTCString());
  assert.ok(date > 50_000 && date <= 60_000, String(date));
  assert.equal(await wait('soon'), 0);
  assert.equal(await wait('Wed, 21 Oct 2015 07:28:00 GMT'), 0);
});

test('reports token_unavailable if the network fails or the response is invalid', async () => {
  const broken = [new Error('no network'), new Response('<html>sign in</html>'), json(200, {}),
    json(200, null), json(200, { token: 7 })];
  for (const answer of broken) {
    const { fetch } = answering(answer);
    await assert.rejects(new TokenSource('/auth', fetch).get(), { code: 'token_unavailable' });
  }
});

test('can be called again after a failure', async () => {
  const { fetch } = answering(json(503, {}), good);
  const tokens = new TokenSource('/auth', fetch);
  await assert.rejects(tokens.get());
  assert.equal((await tokens.get()).value, 'a.b.c');
});

const page = () => new Response('<!doctype html><title>Sign in</title>', { headers: { 'content-type': 'text/html' } });

test('an HTML page instead of a token needs a person: a login page, or a 404', async () => {
  const { fetch, calls } = answering(page());
  await assert.rejects(new TokenSource('/auth', fetch).get(), { code: 'token_unavailable', final: true, message: /page instead of a token.*[Ss]ign in/ });
  assert.equal(calls.length, 1);
});

/** Responses as in a browser: opaque with `redirect: manual`, the final one with `follow`. */
const redirecting = (followed) => async (url, { redirect }) => {
  if (redirect !== 'manual') return followed();
  return { type: 'opaqueredirect', status: 0, ok: false, headers: new Headers() };
};

test('a redirect to a login page needs a person, even on another site', async () => {
  for (const followed of [page, () => { throw new TypeError('Failed to fetch'); }]) {
    await assert.rejects(new TokenSource('/auth', redirecting(followed)).get(), { code: 'token_unavailable', final: true });
  }
});

test('a redirect to a token is followed', async () => {
  const { value } = await new TokenSource('/auth', redirecting(() => good.clone())).get();
  assert.equal(value, 'a.b.c');
});

test('a network failure is not taken for a login page', async () => {
  const { fetch } = answering(new TypeError('Failed to fetch'));
  const error = await new TokenSource('/auth', fetch).get().catch((each) => each);
  assert.equal(error.code, 'token_unavailable');
  assert.ok(!error.final);
});

test('the user is the token\'s subject, or else what the endpoint says', async () => {
  const claims = Buffer.from(JSON.stringify({ sub: 'zoë', iat: 100, exp: 700 })).toString('base64url');
  const { fetch } = answering(json(200, { token: `x.${claims}.y`, expiresIn: 60, userId: 'other' }));
  assert.equal((await new TokenSource('/auth', fetch).get()).user, 'zoë');
  const opaque = answering(json(200, { token: 'opaque', expiresIn: 60, userId: 7 }));
  assert.equal((await new TokenSource('/auth', opaque.fetch).get()).user, '7');
  assert.equal((await new TokenSource(() => 'opaque').get()).user, null);
});
