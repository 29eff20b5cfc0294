import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connection } from '../src/connection.js';
import { Clock } from './support/clock.mjs';
import { fakeWebSockets } from './support/fake-websocket.mjs';

const HOUR = 3_600_000;

/** A connection whose network, clock and random numbers are set by the test. */
function connecting(t, options = {}) {
  const clock = new Clock(t);
  const random = t.mock.method(Math, 'random', () => 1);
  const sockets = fakeWebSockets();
  const fetched = [];
  const token = async () => {
    fetched.push(clock.now);
    return { token: `token-${fetched.length}`, expiresIn: 3600 };
  };
  const connection = new Connection({
    url: 'wss://example.com/ws', token, WebSocket: sockets.WebSocket, ack: true, ...options,
  });
  const seen = { states: [], errors: [], lost: [], events: [] };
  connection.on('state', (state) => seen.states.push(state));
  connection.on('error', (error) => seen.errors.push(error.code));
  connection.on('lost', (why) => seen.lost.push(why));
  connection.on('event', (name) => seen.events.push(name));
  t.after(() => connection.disconnect());
  return { clock, random, sockets, fetched, connection, seen };
}

async function connected(t, options) {
  const site = connecting(t, options);
  site.connection.connect();
  await site.clock.advance(0);
  site.sockets.last.accept();
  site.sockets.last.receive('pong', {});
  return site;
}

/** The events of window and document that a page listens to. */
function browser(t) {
  const [page, document] = [new EventTarget(), new EventTarget()];
  document.visibilityState = 'visible';
  const listening = ['addEventListener', 'removeEventListener'];
  for (const name of listening) globalThis[name] = page[name].bind(page);
  globalThis.document = document;
  t.after(() => [...listening, 'document'].forEach((name) => delete globalThis[name]));
  return { page, document };
}

test('sends the token in the first frame, never in the URL', async (t) => {
  const { sockets, seen } = await connected(t);
  assert.equal(sockets.last.url, 'wss://example.com/ws');
  assert.deepEqual(sockets.last.sent[0], { event: 'auth', data: { token: 'token-1', ack: true } });
  assert.deepEqual(seen.states, ['connecting', 'connected']);
});

test('hides the token from listeners of frames', async (t) => {
  const { connection, sockets, clock } = connecting(t);
  const frames = [];
  connection.on('wire', (frame) => frames.push(frame));
  connection.connect();
  await clock.advance(0);
  sockets.last.accept();
  sockets.last.receive('auth:expiring', { expiresIn: 300 });
  await clock.advance(0);
  assert.deepEqual(frames.filter(({ data }) => data?.token).map(({ event, data }) => [event, data.token]),
    [['auth', '…'], ['auth:refresh', '…']]);
});

test('turns a path or an http URL into a WebSocket URL', async (t) => {
  for (const [url, expected] of [['http://a.example/ws', 'ws://a.example/ws'],
    ['https://a.example/ws', 'wss://a.example/ws'], ['ws://a.example/ws', 'ws://a.example/ws']]) {
    const { connection, sockets, clock } = connecting(t, { url });
    connection.connect();
    await clock.advance(0);
    assert.equal(sockets.last.url, expected);
  }
});

test('connecting twice is connecting once', async (t) => {
  const { connection, sockets, fetched, clock } = await connected(t);
  connection.connect();
  await clock.advance(1000);
  assert.equal(sockets.opened.length, 1);
  assert.equal(fetched.length, 1);
});

test('reconnects after growing pauses, with the token it has', async (t) => {
  const { sockets, clock, fetched, seen } = await connected(t);
  for (const pause of [1000, 2000, 4000, 8000, 16000, 30000, 30000]) {
    const attempts = sockets.opened.length;
    sockets.last.end(1006);
    await clock.advance(pause - 1);
    assert.equal(sockets.opened.length, attempts);
    await clock.advance(1);
    assert.equal(sockets.opened.length, attempts + 1);
  }
  assert.equal(fetched.length, 1);
  assert.deepEqual(seen.states, ['connecting', 'connected', 'reconnecting']);
  sockets.last.accept();
  assert.equal(seen.states.at(-1), 'connected');
});

test('a connection that is accepted and closed at once does not reset the pauses', async (t) => {
  const { sockets, clock } = await connected(t);
  sockets.last.end(1012);
  await clock.advance(1000);
  sockets.last.accept();
  await clock.advance(9_000);
  sockets.last.end(1012);
  await clock.advance(1999);
  assert.equal(sockets.opened.length, 2);
  await clock.advance(1);
  assert.equal(sockets.opened.length, 3);
});

test('a connection that lasted resets the pauses', async (t) => {
  const { sockets, clock } = await connected(t);
  sockets.last.end(1012);
  await clock.advance(1000);
  sockets.last.accept();
  sockets.last.receive('pong', {});
  await clock.advance(10_000);
  sockets.last.end(1012);
  await clock.advance(1000);
  assert.equal(sockets.opened.length, 3);
});

test('a page that calls connect() when it is told of the loss gets one connection', async (t) => {
  const { connection, sockets, clock } = await connected(t);
  connection.on('lost', () => {
    connection.disconnect();
    connection.connect();
  });
  sockets.last.end(1006);
  await clock.advance(0);
  await clock.advance(14_000);
  assert.equal(sockets.opened.length, 2);
});

test('a 401 stops it and says so', async (t) => {
  const unauthorized = Object.assign(new Error('nobody'), { code: 'unauthorized' });
  const { connection, clock, seen, sockets } = connecting(t, { token: async () => { throw unauthorized; } });
  connection.connect();
  await clock.advance(120_000);
  assert.deepEqual(seen.errors, ['unauthorized']);
  assert.deepEqual(seen.states, ['connecting', 'error']);
  assert.equal(sockets.opened.length, 0);
});

test('it can be started again after it was stopped by a 401', async (t) => {
  let signedIn = false;
  const token = async () => {
    if (signedIn) return 'token';
    throw Object.assign(new Error('nobody'), { code: 'unauthorized' });
  };
  const { connection, clock, sockets } = connecting(t, { token });
  connection.connect();
  await clock.advance(0);
  signedIn = true;
  connection.connect();
  await clock.advance(0);
  sockets.last.accept();
  assert.equal(connection.state, 'connected');
});

test('an endpoint that fails is asked again, not before Retry-After', async (t) => {
  const { page } = browser(t);
  let asked = 0;
  const token = async () => {
    asked++;
    throw Object.assign(new Error('busy'), { code: 'token_unavailable', retryAfter: 5000 });
  };
  const { connection, clock, seen } = connecting(t, { token });
  connection.connect();
  await clock.advance(0);
  assert.deepEqual(clock.waits, [6000]);
  await clock.advance(1000);
  page.dispatchEvent(new Event('online'));
  await clock.advance(3999);
  assert.equal(asked, 1);
  await clock.advance(1);
  assert.equal(asked, 2);
  assert.equal(seen.states.at(-1), 'reconnecting');
});

test('reconnects at once when the network is back, or the page is visible again', async (t) => {
  const { page, document } = browser(t);
  const { sockets, clock } = await connected(t);
  sockets.last.end();
  page.dispatchEvent(new Event('online'));
  await clock.advance(0);
  assert.equal(sockets.opened.length, 2);
  sockets.last.end();
  document.visibilityState = 'hidden';
  document.dispatchEvent(new Event('visibilitychange'));
  await clock.advance(0);
  assert.equal(sockets.opened.length, 2);
  document.visibilityState = 'visible';
  document.dispatchEvent(new Event('visibilitychange'));
  await clock.advance(0);
  assert.equal(sockets.opened.length, 3);
});

test('checks whether an open connection is alive when the network changes', async (t) => {
  const { page } = browser(t);
  const { sockets, clock, seen } = await connected(t);
  page.dispatchEvent(new Event('offline'));
  assert.equal(sockets.last.count('ping'), 2);
  await clock.advance(10_000);
  assert.deepEqual(seen.lost, [{ code: 1006, reason: 'No answer to a heartbeat' }]);
  assert.equal(seen.states.at(-1), 'reconnecting');
});

test('ignores all events after it was disconnected', async (t) => {
  const { page } = browser(t);
  let listeners = 0;
  const { addEventListener, removeEventListener } = globalThis;
  globalThis.addEventListener = (...listener) => { listeners++; addEventListener(...listener); };
  globalThis.removeEventListener = (...listener) => { listeners--; removeEventListener(...listener); };
  const { connection, sockets, clock, seen } = await connected(t);
  assert.equal(listeners, 2);
  connection.disconnect();
  assert.equal(listeners, 0);
  page.dispatchEvent(new Event('online'));
  await clock.advance(HOUR);
  assert.equal(sockets.opened.length, 1);
  assert.deepEqual(clock.waits, []);
  assert.deepEqual(seen.states, ['connecting', 'connected', 'disconnected']);
  assert.deepEqual(seen.errors, []);
});

test('disconnecting while the token is fetched opens no connection', async (t) => {
  const { connection, sockets, clock } = connecting(t);
  connection.connect();
  connection.disconnect();
  await clock.advance(HOUR);
  assert.equal(sockets.opened.length, 0);
  assert.equal(connection.state, 'disconnected');
});

test('disconnecting and connecting again asks who the user is', async (t) => {
  const { connection, clock, fetched, sockets } = await connected(t);
  connection.disconnect();
  connection.connect();
  await clock.advance(0);
  sockets.last.accept();
  assert.equal(fetched.length, 2);
  assert.equal(connection.state, 'connected');
});

test('an expired token is replaced before reconnecting', async (t) => {
  const { sockets, clock, fetched } = await connected(t);
  sockets.last.end(4401, 'token_expired');
  await clock.advance(1000);
  assert.equal(fetched.length, 2);
  assert.equal(sockets.last.url, 'wss://example.com/ws');
});

for (const code of [4401, 4403]) {
  test(`a kept token that is refused with ${code} is replaced at once`, async (t) => {
    const { sockets, clock, seen } = await connected(t);
    sockets.last.end(1006);
    await clock.advance(1000);
    sockets.last.open();
    sockets.last.receive('error', { code: 'session_revoked', message: 'Session revoked' });
    sockets.last.end(code);
    await clock.advance(0);
    assert.equal(sockets.opened.length, 3);
    sockets.last.open();
    assert.equal(sockets.last.sent[0].data.token, 'token-2');
    assert.deepEqual(seen.errors, []);
  });
}

test('a fresh token that is permanently refused stops it', async (t) => {
  const { connection, sockets, clock, seen } = connecting(t);
  connection.connect();
  await clock.advance(0);
  sockets.last.open();
  sockets.last.receive('error', { code: 'session_revoked', message: 'Session revoked' });
  sockets.last.end(4403);
  await clock.advance(HOUR);
  assert.deepEqual(seen.errors, ['session_revoked']);
  assert.equal(connection.state, 'error');
  assert.equal(sockets.opened.length, 1);
});

test('after a fresh token is refused as invalid, it retries with pauses', async (t) => {
  const { connection, sockets, clock, seen, fetched } = connecting(t);
  connection.connect();
  await clock.advance(0);
  sockets.last.open();
  sockets.last.receive('error', { code: 'token_invalid', message: 'Invalid authentication token' });
  sockets.last.end(4401);
  await clock.advance(999);
  assert.equal(fetched.length, 1);
  await clock.advance(1);
  assert.equal(fetched.length, 2);
  assert.deepEqual(seen.errors, ['token_invalid']);
  assert.deepEqual(seen.events, []);
});

test('revocation while connected stops it', async (t) => {
  const { connection, sockets, clock, seen } = await connected(t);
  sockets.last.end(4403, 'session_revoked');
  await clock.advance(HOUR);
  assert.equal(connection.state, 'error');
  assert.deepEqual(seen.errors, ['session_revoked']);
  assert.equal(sockets.opened.length, 1);
});

test('a handshake that takes too long is abandoned and retried', async (t) => {
  const { connection, sockets, clock } = connecting(t);
  connection.connect();
  await clock.advance(0);
  sockets.last.open();
  await clock.advance(15_000);
  assert.equal(connection.state, 'reconnecting');
  await clock.advance(1000);
  assert.equal(sockets.opened.length, 2);
});

test('refreshes the token in place after four fifths of its lifetime', async (t) => {
  const { sockets, clock, fetched, seen } = await connected(t);
  for (let left = 0.8 * HOUR; left > 0; left -= 30_000) {
    await clock.advance(30_000);
    sockets.last.receive('pong', {});
  }
  assert.equal(fetched.length, 2);
  assert.deepEqual(sockets.last.last('auth:refresh').data, { token: 'token-2' });
  assert.deepEqual(seen.errors, []);
  assert.equal(sockets.opened.length, 1);
});

test('refreshes the token when the gateway says that it expires', async (t) => {
  const { sockets, clock, fetched } = await connected(t);
  sockets.last.receive('auth:expiring', { expiresIn: 300 });
  sockets.last.receive('auth:expiring', { expiresIn: 299 });
  await clock.advance(0);
  assert.equal(fetched.length, 2);
  assert.equal(sockets.last.last('auth:refresh').data.token, 'token-2');
});

test('a refresh that fails temporarily is retried, and the connection stays open', async (t) => {
  let trouble = false;
  const token = async () => {
    if (trouble) throw Object.assign(new Error('busy'), { code: 'token_unavailable' });
    return { token: 'token', expiresIn: 3600 };
  };
  const { sockets, clock, seen, connection } = await connected(t, { token });
  trouble = true;
  sockets.last.receive('auth:expiring', {});
  await clock.advance(0);
  assert.deepEqual(seen.errors, ['token_unavailable']);
  trouble = false;
  sockets.last.receive('pong', {});
  await clock.advance(30_000);
  assert.equal(sockets.last.count('auth:refresh'), 1);
  assert.equal(connection.state, 'connected');
});

test('a refresh that is answered 401 stops it', async (t) => {
  let signedOut = false;
  const token = async () => {
    if (signedOut) throw Object.assign(new Error('nobody'), { code: 'unauthorized' });
    return { token: 'token', expiresIn: 3600 };
  };
  const { sockets, clock, connection } = await connected(t, { token });
  signedOut = true;
  sockets.last.receive('auth:expiring', {});
  await clock.advance(0);
  assert.equal(connection.state, 'error');
  assert.equal(sockets.last.readyState, 3);
});

test('a new token of another user opens a new connection', async (t) => {
  const { sockets, clock, seen } = await connected(t);
  sockets.last.receive('auth:expiring', {});
  await clock.advance(0);
  sockets.last.answer('auth:refresh', { ok: false, code: 'forbidden', message: "Another user's" });
  await clock.advance(0);
  await clock.advance(1000);
  assert.equal(seen.states.at(-1), 'reconnecting');
  sockets.last.open();
  assert.equal(sockets.last.sent[0].data.token, 'token-2');
});

test('a token that lasts for years does not overflow a timer', async (t) => {
  const { clock } = await connected(t, { token: async () => ({ token: 'x', expiresIn: 1e9 }) });
  assert.ok(clock.waits.every((wait) => wait < 2 ** 31));
});

test('a request that is refused, late or lost fails with the right reason', async (t) => {
  const { connection, sockets, clock } = await connected(t);
  const answered = connection.request('a', { n: 1 }, 1000);
  sockets.last.answer('a', { ok: true, n: 2 });
  assert.deepEqual(await answered, { ok: true, n: 2 });
  assert.ok(!clock.waits.includes(1000));

  const refused = connection.request('b', undefined, 1000);
  sockets.last.answer('b', { ok: false, code: 'forbidden', message: 'No' });
  await assert.rejects(refused, { code: 'forbidden', message: 'No', event: 'b' });

  const late = assert.rejects(connection.request('c', undefined, 1000), { code: 'timeout' });
  await clock.advance(1000);
  await late;
  sockets.last.answer('c', { ok: true });

  const lost = assert.rejects(connection.request('d', undefined, 1000), { code: 'connection_lost' });
  sockets.last.end();
  await lost;
});

test('survives invalid frames', async (t) => {
  const { sockets, seen } = await connected(t);
  const before = seen.events.length;
  for (const data of ['', 'x', 'null', '7', '[]', '{}', '{"event":7}', '{"ack":99}', '{"ack":null}']) {
    sockets.last.onmessage({ data });
  }
  assert.equal(seen.events.length, before);
});

test('reports uptime, quality and latency', async (t) => {
  const { connection, sockets, clock } = await connected(t);
  await clock.advance(40);
  const { uptime, connections, quality, latency } = connection.stats();
  assert.deepEqual({ uptime, connections, quality, latency },
    { uptime: 40, connections: 1, quality: 'excellent', latency: 0 });
  sockets.last.end();
  assert.equal(connection.stats().uptime, 0);
});

test('an HTML page instead of a token stops it, with an explanation, and is not requested again', async (t) => {
  let asked = 0;
  const fetch = async () => (asked++, new Response('<!doctype html><title>Sign in</title>'));
  const { connection, clock } = connecting(t, { token: '/auth', fetch });
  const sentences = [];
  connection.on('error', ({ message }) => sentences.push(message));
  connection.connect();
  await clock.advance(HOUR);
  assert.equal(connection.state, 'error');
  assert.equal(asked, 1);
  assert.match(sentences[0], /^\/auth answered with a page/);
});

for (const [what, url] of [['a constructor that throws', 'ws://x:0/ws'], ['an invalid URL', 'http://:99999/']]) {
  test(`${what} stops it, with an explanation`, async (t) => {
    class WebSocket {
      constructor() {
        throw new SyntaxError('The URL is invalid');
      }
    }
    const { connection, clock, seen } = connecting(t, { url, WebSocket });
    const sentences = [];
    connection.on('error', ({ message }) => sentences.push(message));
    connection.connect();
    await clock.advance(HOUR);
    assert.deepEqual(seen.states, ['connecting', 'error']);
    assert.deepEqual(seen.errors, ['bad_address']);
    assert.ok(sentences[0].includes(url), sentences[0]);
    assert.deepEqual(clock.waits, []);
  });
}

test('a page loaded by https is told that it needs wss:', async (t) => {
  globalThis.location = new URL('https://site.example/');
  t.after(() => delete globalThis.location);
  const WebSocket = class { constructor() { throw new Error('insecure'); } };
  const { connection, clock } = connecting(t, { url: 'ws://site.example/ws', WebSocket });
  const sentences = [];
  connection.on('error', ({ message }) => sentences.push(message));
  connection.connect();
  await clock.advance(0);
  assert.match(sentences[0], /needs a gateway at wss:/);
});

test('a URL blocked by the page’s security policy stops it, with what to add', async (t) => {
  const { document } = browser(t);
  const { connection, clock, sockets, seen } = connecting(t);
  const sentences = [];
  connection.on('error', ({ message }) => sentences.push(message));
  connection.connect();
  await clock.advance(0);
  const violation = Object.assign(new Event('securitypolicyviolation'), {
    disposition: 'enforce', effectiveDirective: 'connect-src', blockedURI: 'wss://example.com/ws',
  });
  document.dispatchEvent(Object.assign(new Event('securitypolicyviolation'), { ...violation, blockedURI: 'wss://other.example/' }));
  assert.equal(connection.state, 'connecting');
  document.dispatchEvent(violation);
  await clock.advance(HOUR);
  assert.equal(connection.state, 'error');
  assert.equal(sockets.opened.length, 1);
  assert.deepEqual(seen.errors, ['bad_address']);
  assert.match(sentences[0], /Add wss:\/\/example.com to connect-src/);
});

test('where the policy forbids only the event stream, WebSockets are tried on', async (t) => {
  const { document } = browser(t);
  const { connection, clock, sockets, seen } = connecting(t, { events: '/events' });
  connection.connect();
  await clock.advance(0);
  document.dispatchEvent(Object.assign(new Event('securitypolicyviolation'), {
    disposition: 'enforce', effectiveDirective: 'connect-src', blockedURI: 'https://example.com/events',
  }));
  assert.deepEqual(seen.errors, ['bad_address']);
  sockets.last.accept();
  assert.equal(connection.state, 'connected');
});

/** Replaces navigator, so that the test can set onLine. */
function network(t) {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  const navigator = { onLine: true };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  t.after(() => (own ? Object.defineProperty(globalThis, 'navigator', own) : delete globalThis.navigator));
  return navigator;
}

test('offline is reported at once, without a quality; once online, it reconnects at once', async (t) => {
  const navigator = network(t);
  const { page } = browser(t);
  const { connection, sockets, clock, seen } = await connected(t);
  assert.equal(connection.stats().quality, 'excellent');
  navigator.onLine = false;
  page.dispatchEvent(new Event('offline'));
  assert.equal(connection.state, 'reconnecting');
  assert.deepEqual(seen.errors, ['offline']);
  assert.equal(connection.stats().quality, 'unknown');
  assert.equal(connection.stats().latency, null);
  await clock.advance(14_000);
  assert.equal(sockets.opened.length, 1);
  navigator.onLine = true;
  page.dispatchEvent(new Event('online'));
  await clock.advance(0);
  assert.equal(sockets.opened.length, 2);
});

test('offline, gateway down, endpoint failing, signed out: each has its own message', async (t) => {
  const navigator = network(t);
  const sentences = new Set();
  let trouble = null;
  const fetch = async () => {
    if (trouble) return new Response('{}', { status: trouble });
    return new Response(JSON.stringify({ token: 'opaque', expiresIn: 30, userId: 'alice' }));
  };
  const { connection, sockets, clock } = connecting(t, { token: '/auth', fetch });
  connection.on('error', ({ message }) => sentences.add(message));
  connection.connect();
  await clock.advance(0);
  sockets.last.accept();
  const failing = async (prepare) => {
    prepare();
    sockets.last.end(1006);
    await clock.advance(40_000);
  };
  await failing(() => (navigator.onLine = false));
  navigator.onLine = true;
  await failing(() => {});
  await failing(() => (trouble = 503));
  await failing(() => (trouble = 401));
  assert.equal(connection.state, 'error');
  assert.ok(sentences.size >= 4, [...sentences].join('\n'));
  assert.ok([...sentences].some((each) => /offline/.test(each)));
  assert.ok([...sentences].some((each) => /signed out/.test(each)));
});
