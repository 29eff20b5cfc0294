// The event stream, to which the client falls back where no WebSocket opens.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BelfryClient } from '../src/index.js';
import { Stream } from '../src/stream.js';
import { Clock } from './support/clock.mjs';
import { eventServer } from './support/event-server.mjs';

const notification = (id) => ({ event: 'notification', id, data: { id: String(id), title: `No. ${id}` } });

/** WebSockets that fail while `network.cut`; the test accepts the others. */
function webSockets(server) {
  const network = { cut: true, opened: [] };
  network.WebSocket = class {
    readyState = 0;
    sent = [];

    constructor(url) {
      this.url = url;
      network.opened.push(this);
      if (network.cut) setImmediate(() => this.end());
      server.happened();
    }

    accept() {
      this.readyState = 1;
      this.onopen();
      this.onmessage({ data: JSON.stringify({ event: 'connected', data: { userId: 'alice', queue: 'queue-1' } }) });
    }

    send(text) {
      this.sent.push(JSON.parse(text));
    }

    end(code = 1006) {
      this.readyState = 3;
      this.onclose?.({ code, reason: '' });
    }

    close() {}
  };
  return network;
}

/** A client that makes no pauses between its attempts. */
async function site(t, options = {}) {
  t.mock.method(Math, 'random', () => 0);
  const server = await eventServer(t);
  const network = webSockets(server);
  let tokens = 0;
  const token = async () => ({ token: `token-${++tokens}`, expiresIn: 3600 });
  const client = new BelfryClient({ url: `${server.origin}/ws`, token, WebSocket: network.WebSocket, ...options });
  const errors = [];
  client.on('error', (error) => errors.push(error));
  for (const name of ['stateChange', 'notification', 'error']) client.on(name, () => setImmediate(() => server.happened()));
  t.after(() => client.disconnect());
  return { server, network, client, errors };
}

async function connected(t, options) {
  const all = await site(t, options);
  await all.client.connect();
  return all;
}

test('falls back where a WebSocket does not open twice in a row', async (t) => {
  const { server, network, client, errors } = await connected(t);
  assert.equal(network.opened.length, 2);
  assert.equal(server.streams.length, 1);
  assert.equal(client.carrier, 'events');
  assert.equal(client.getStats().carrier, 'events');
  assert.deepEqual(errors.map(({ code }) => code), ['unreachable']);
  const { url, headers } = server.last;
  assert.equal(url, '/events');
  assert.equal(headers.authorization, 'Bearer token-1');
  assert.equal(headers.accept, 'text/event-stream');
  assert.equal(headers['last-event-id'], undefined);
  client.disconnect();
  assert.equal(client.carrier, null);
  await server.until(() => server.last.closed);
});

test('the address of the event stream is an option, relative to the gateway', async (t) => {
  const { server } = await connected(t, { events: '/live/events?tenant=1' });
  assert.equal(server.last.url, '/live/events?tenant=1');
  const { posts } = server;
  await server.until(() => posts.length);
  assert.equal(posts[0].session, server.last.session);
});

test('without the option there is no fallback', async (t) => {
  const { server, network, client } = await site(t, { events: null });
  client.connect();
  await server.until(() => network.opened.length === 6);
  assert.equal(server.streams.length, 0);
});

test('a WebSocket that the gateway itself closes has opened', async (t) => {
  const { server, network, client } = await site(t);
  network.cut = false;
  client.connect();
  for (let attempt = 1; attempt <= 4; attempt++) {
    await server.until(() => network.opened.length === attempt);
    network.opened.at(-1).end(1013);
  }
  await server.until(() => network.opened.length === 5);
  assert.equal(server.streams.length, 0);
  assert.equal(client.carrier, null);
});

test('each reconnect begins with a WebSocket, and returns to it', async (t) => {
  const { server, network, client } = await connected(t);
  server.last.end();
  await server.until(() => server.streams.length === 2 && client.getState() === 'connected');
  assert.equal(network.opened.length, 3, 'one attempt before it falls back again');
  network.cut = false;
  server.last.destroy();
  await server.until(() => network.opened.length === 4);
  network.opened.at(-1).accept();
  assert.equal(client.carrier, 'websocket');
  network.cut = true;
  network.opened.at(-1).end();
  await server.until(() => server.streams.length === 3);
  assert.equal(network.opened.length, 6, 'two attempts once one had opened');
  assert.equal(server.last.headers['last-event-id'], undefined);
});

test('a notification is confirmed by POST once the handlers have run', async (t) => {
  const { server, client } = await connected(t);
  let finish;
  client.on('notification', () => new Promise((resolve) => (finish = resolve)));
  server.last.tell(notification(7));
  await server.until(() => finish);
  assert.ok(!server.frames.some(({ ack }) => ack));
  finish();
  await server.until(() => server.frames.some(({ ack }) => ack === 7));
  assert.deepEqual(client.notifications.map(({ id }) => id), ['7']);
});

test('without the option `ack` it is confirmed as it comes', async (t) => {
  const { server, client } = await connected(t, { ack: false });
  client.on('notification', () => new Promise(() => {}));
  server.last.tell(notification(7));
  await server.until(() => server.frames.some(({ ack }) => ack === 7));
});

test('frames go in order, one POST at a time, in one array if they waited', async (t) => {
  const { server, client } = await connected(t);
  await server.until(() => server.posts.length && client.getStats().latency !== null);
  let release;
  server.hold = new Promise((resolve) => (release = resolve));
  server.answer = ({ data }) => ({ ok: true, ...data });
  server.posts.splice(0);
  const answers = [client.send('a:1', { n: 1 })];
  await server.until(() => server.posts.length === 1);
  for (const n of [2, 3, 4]) answers.push(client.send(`a:${n}`, { n }));
  release();
  assert.deepEqual((await Promise.all(answers)).map(({ n }) => n), [1, 2, 3, 4]);
  assert.deepEqual(server.posts.map(({ frames }) => frames.map(({ event }) => event)), [['a:1'], ['a:2', 'a:3', 'a:4']]);
});

test('a batch holds at most 50 frames and 16 Ki characters', async (t) => {
  const { server, client } = await connected(t);
  await server.until(() => client.getStats().latency !== null);
  server.posts.splice(0);
  const sizes = [...Array(60).fill(1), 10_000, 10_000, 100_000];
  await Promise.all(sizes.map((size) => client.send('x', 'y'.repeat(size))));
  assert.deepEqual(server.posts.map(({ frames }) => frames.length), [50, 11, 1, 1]);
});

test('what was confirmed in vain is confirmed by Last-Event-ID', async (t) => {
  const { server, client } = await connected(t);
  const sent = [];
  client.on('wire', (frame) => {
    if (frame.direction === 'out') sent.push(frame);
    setImmediate(() => server.happened());
  });
  const finish = [];
  client.on('notification', () => new Promise((resolve) => finish.push(resolve)));
  server.last.tell(notification(1));
  server.last.tell(notification(2));
  server.last.tell({ event: 'notification:unread_count', data: 2 });
  await server.until(() => finish.length === 2);
  finish[1]();
  await server.until(() => server.frames.some(({ ack }) => ack === 2));
  server.last.end();
  await server.until(() => server.streams.length === 2);
  assert.equal(server.last.headers['last-event-id'], 'session-0/1', 'the first was not confirmed');
  server.last.tell(notification(3));
  await server.until(() => finish.length === 3);
  server.hold = new Promise(() => {});
  finish[2]();
  await server.until(() => sent.some(({ ack }) => ack === 3));
  server.last.destroy();
  await server.until(() => server.streams.length === 3);
  assert.equal(server.last.headers['last-event-id'], 'session-1/2');
});

test('subscriptions are restored on the next stream', async (t) => {
  const { server, client } = await connected(t);
  await client.subscribe('public:news');
  server.last.end();
  const again = () => server.posts.some(({ session, frames }) => session === 'session-1'
    && frames.some(({ event, data }) => event === 'subscribe' && data.topic === 'public:news'));
  await server.until(again);
});

test('a renewed token goes with the frames that follow', async (t) => {
  const { server } = await connected(t);
  server.last.tell({ event: 'auth:expiring', data: { expiresIn: 0 } });
  const refresh = await server.until(() => server.posts.find(({ frames }) => frames.some(({ event }) => event === 'auth:refresh')));
  assert.equal(refresh.authorization, 'Bearer token-2');
});

test('a frame that cannot be sent ends the stream, and its request fails', async (t) => {
  const { server, client } = await connected(t);
  await server.until(() => client.getStats().latency !== null);
  server.refusal = { status: 404, body: JSON.stringify({ code: 'not_found', message: 'Unknown session' }) };
  await assert.rejects(client.send('a:b'), { code: 'connection_lost' });
  server.refusal = null;
  await server.until(() => server.streams.length === 2);
});

const REFUSALS = {
  'a token that is refused': [401, { code: 'token_invalid', message: 'Invalid authentication token' }, 'token_invalid'],
  'too many connections': [429, { code: 'too_many_connections', message: 'Too many connections' }, 'too_many_connections'],
  'a carrier that is left out': [400, { code: 0, message: 'Transport unknown' }, 'unreachable', /Transport unknown/],
  'a page that says all is well': [200, '<!doctype html>', 'unreachable', /\/events is no event stream: it answered 200/],
  'a path that is not there': [404, 'Not found', 'unreachable', /answered 404/],
};

for (const [name, [status, body, code, message = /./]] of Object.entries(REFUSALS)) {
  test(`${name} is reported, and WebSockets are tried again`, async (t) => {
    const { server, network, client, errors } = await site(t);
    server.refusal = { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
    client.connect();
    await server.until(() => errors.some((error) => error.code === code && message.test(error.message)));
    await server.until(() => network.opened.length >= 3);
    assert.equal(client.getState(), 'reconnecting');
  });
}

test('a session that was revoked is final', async (t) => {
  const { server, client } = await site(t);
  server.refusal = { status: 403, body: JSON.stringify({ code: 'session_revoked', message: 'Session revoked' }) };
  client.connect();
  await server.until(() => client.getState() === 'error');
  assert.equal(client.trouble.code, 'session_revoked');
});

test('a token that was used before is replaced by a fresh one, once', async (t) => {
  const { server, client, errors } = await connected(t);
  server.refusal = { status: 401, body: JSON.stringify({ code: 'token_expired', message: 'Authentication token expired' }) };
  server.last.end();
  await server.until(() => errors.some(({ code }) => code === 'token_expired'));
  server.refusal = null;
  await server.until(() => client.getState() === 'connected');
  assert.match(server.last.headers.authorization, /token-[23]/);
});

test('a client without subscriptions asks for none', async (t) => {
  const { server } = await connected(t, { subscribe: false });
  assert.equal(server.last.url, '/events?auto_subscribe=no');
});

test('a client that has used unseen counts asks for them when it connects again', async (t) => {
  const { server, client } = await connected(t);
  assert.equal(client.unseenCount, 0);
  const auth = await server.until(() => server.frames.find(({ event }) => event === 'auth'));
  assert.deepEqual(auth.data, { seen: true });
  server.last.end();
  await server.until(() => server.streams.length === 2);
  assert.equal(server.last.url, '/events?seen=yes');
});

/** A stream on a network and a clock that the test sets. */
function alone(t, hello = { token: 'token', ack: true }) {
  const clock = new Clock(t);
  const ended = [];
  const posts = [];
  let body;
  const fetch = async (url, { method, body: sent, signal }) => {
    if (method === 'POST') return new Promise((answer) => posts.push({ sent, answer: () => answer(Response.json([])) }));
    const headers = { 'content-type': 'text/event-stream; charset=utf-8' };
    const stream = new ReadableStream({ start: (controller) => (body = controller) });
    signal.addEventListener('abort', () => body.error(new Error('aborted')));
    return new Response(stream, { headers });
  };
  const stream = new Stream({
    url: 'http://a.example/events', hello, fetch, onFrame: () => {}, onEnd: (why) => ended.push(why),
  });
  const say = (text) => body.enqueue(new TextEncoder().encode(text));
  return { clock, ended, posts, stream, say, finish: () => body.close() };
}

test('no frame overtakes one that is still on its way', async (t) => {
  const { clock, posts, stream, say } = alone(t);
  await clock.advance(0);
  say('data: {"event":"connected","data":{"session":"s"}}\n\n');
  await clock.advance(0);
  const send = (event) => stream.send(JSON.stringify({ event }), { event });
  send('a');
  await clock.advance(0);
  send('b');
  await clock.advance(0);
  send('c');
  await clock.advance(0);
  assert.deepEqual(posts.map(({ sent }) => sent), ['[{"event":"a"}]']);
  posts[0].answer();
  await clock.advance(0);
  assert.deepEqual(posts.map(({ sent }) => sent), ['[{"event":"a"}]', '[{"event":"b"},{"event":"c"}]']);
});

test('a stream that says nothing for as long as the heartbeat allows is dead', async (t) => {
  const { clock, ended, say } = alone(t);
  await clock.advance(49_000);
  say(':\n');
  await clock.advance(0);
  await clock.advance(49_000);
  assert.deepEqual(ended, []);
  await clock.advance(2_000);
  assert.deepEqual(ended, [{ code: 1006, reason: 'The event stream fell silent', retryAfter: 0 }]);
  assert.deepEqual(clock.waits, []);
});

test('after the machine has slept, the stream gets the time to be read', async (t) => {
  const { clock, ended, say } = alone(t);
  await clock.advance(10_000);
  clock.sleep(3_600_000);
  await clock.advance(1);
  assert.deepEqual(ended, []);
  say(':\n');
  await clock.advance(49_000);
  assert.deepEqual(ended, []);
  await clock.advance(52_000);
  assert.equal(ended.length, 1);
});

test('the pause that the server asked for is passed on', async (t) => {
  const { clock, ended, say, finish } = alone(t);
  await clock.advance(0);
  say('retry: 1000\n\n');
  await clock.advance(0);
  finish();
  await clock.advance(0);
  assert.deepEqual(ended, [{ code: 1006, reason: 'The event stream ended', retryAfter: 1000 }]);
});

test('a stream that was closed tells nothing more', async (t) => {
  const { clock, ended, stream } = alone(t);
  await clock.advance(0);
  stream.close();
  await clock.advance(60_000);
  assert.deepEqual(ended, []);
  assert.equal(stream.send('{}', {}), false);
});
