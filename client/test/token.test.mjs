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

test('asks the endpoint with the cookies of the user', async () => {
  const { fetch, calls } = answering(good);
  const { value } = await new TokenSource('/auth', fetch).get();
  assert.equal(value, 'a.b.c');
  assert.equal(calls[0].url, '/auth');
  assert.equal(calls[0].options.credentials, 'include');
});

test('asks once, however many want a token at the same time', async () => {
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

test('asks again once it was told to forget', async () => {
  const { fetch, calls } = answering(good);
  const tokens = new TokenSource('/auth', fetch);
  await tokens.get();
  tokens.forget();
  await tokens.get();
  assert.equal(calls.length, 2);
});

test('does not keep what was asked for before it was told to forget', async () => {
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

test('reads how long a token lasts from its claims where nobody says so', async (t) => {
  const clock = new Clock(t);
  const claims = btoa(JSON.stringify({ iat: 100, exp: 700 })).replace(/=+$/, '');
  const { endsAt } = await new TokenSource(async () => `x.${claims}.y`).get();
  assert.equal(endsAt, clock.now + 600_000);
});

test('takes a token that says nothing of its end, for one connection', async (t) => {
  const clock = new Clock(t);
  const { value, endsAt } = await new TokenSource(() => 'opaque').get();
  assert.equal(value, 'opaque');
  assert.equal(endsAt, clock.now);
});

for (const [status, code] of [[401, 'unauthorized'], [403, 'origin_refused'], [404, 'token_unavailable'],
  [500, 'token_unavailable'], [503, 'token_unavailable']]) {
  test(`says ${code} to a ${status}`, async () => {
    const { fetch } = answering(json(status, { error: 'no' }));
    await assert.rejects(new TokenSource('/auth', fetch).get(), { code, status });
  });
}

test('heeds Retry-After in seconds and as a date', async () => {
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

test('says token_unavailable where the network or the answer is broken', async () => {
  const broken = [new Error('no network'), new Response('<html>sign in</html>'), json(200, {}),
    json(200, null), json(200, { token: 7 })];
  for (const answer of broken) {
    const { fetch } = answering(answer);
    await assert.rejects(new TokenSource('/auth', fetch).get(), { code: 'token_unavailable' });
  }
});

test('can be asked again after it failed', async () => {
  const { fetch } = answering(json(503, {}), good);
  const tokens = new TokenSource('/auth', fetch);
  await assert.rejects(tokens.get());
  assert.equal((await tokens.get()).value, 'a.b.c');
});

const page = () => new Response('<!doctype html><title>Sign in</title>', { headers: { 'content-type': 'text/html' } });

test('a page instead of a token is for a person: a login page, or nothing there', async () => {
  const { fetch, calls } = answering(page());
  await assert.rejects(new TokenSource('/auth', fetch).get(), { code: 'token_unavailable', final: true, message: /page instead of a token.*[Ss]ign in/ });
  assert.equal(calls.length, 1);
});

/** As a browser answers: what `manual` hides, and what `follow` comes to. */
const redirecting = (followed) => async (url, { redirect }) => {
  if (redirect !== 'manual') return followed();
  return { type: 'opaqueredirect', status: 0, ok: false, headers: new Headers() };
};

test('a redirect to a login page is for a person, of another site too', async () => {
  for (const followed of [page, () => { throw new TypeError('Failed to fetch'); }]) {
    await assert.rejects(new TokenSource('/auth', redirecting(followed)).get(), { code: 'token_unavailable', final: true });
  }
});

test('a redirect to a token is followed', async () => {
  const { value } = await new TokenSource('/auth', redirecting(() => good.clone())).get();
  assert.equal(value, 'a.b.c');
});

test('a network that fails is no login page', async () => {
  const { fetch } = answering(new TypeError('Failed to fetch'));
  const error = await new TokenSource('/auth', fetch).get().catch((each) => each);
  assert.equal(error.code, 'token_unavailable');
  assert.ok(!error.final);
});

test('whose a token is, it says itself; else the endpoint does', async () => {
  const claims = Buffer.from(JSON.stringify({ sub: 'zoë', iat: 100, exp: 700 })).toString('base64url');
  const { fetch } = answering(json(200, { token: `x.${claims}.y`, expiresIn: 60, userId: 'other' }));
  assert.equal((await new TokenSource('/auth', fetch).get()).user, 'zoë');
  const opaque = answering(json(200, { token: 'opaque', expiresIn: 60, userId: 7 }));
  assert.equal((await new TokenSource('/auth', opaque.fetch).get()).user, '7');
  assert.equal((await new TokenSource(() => 'opaque').get()).user, null);
});
