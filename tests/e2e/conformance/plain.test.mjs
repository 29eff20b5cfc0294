// The plain framing, tested with the same server.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainClient } from '../lib/clients.mjs';
import { startEcho } from './echo.mjs';

const connected = async (t, url, options = { token: 'abc' }) => {
  const client = plainClient(t, `${url}/ws`, options);
  await client.event('auth');
  return client;
};

test('connects with the Authorization header', async (t) => {
  await connected(t, (await startEcho(t)).url);
});

test('connects with the subprotocol, and answers only its own', async (t) => {
  const { url } = await startEcho(t);
  const client = await connected(t, url, { protocols: ['belfry.v1', 'bearer.abc'] });
  assert.equal(client.socket.protocol, 'belfry.v1');
});

test('connects with a first event, and answers it', async (t) => {
  const { url } = await startEcho(t);
  const client = plainClient(t, `${url}/ws`);
  client.socket.on('open', () => client.send('auth', { token: 'abc' }, { id: 1 }));
  assert.deepEqual((await client.ack(1)).data, { ok: true });
  assert.deepEqual(await client.event('auth'), { token: 'abc' });
});

test('refuses a bearer that is the only subprotocol, or is empty', async (t) => {
  const { url } = await startEcho(t);
  for (const protocols of [['bearer.abc'], ['belfry.v1', 'bearer.']]) {
    const refused = await plainClient(t, `${url}/ws`, { protocols }).refused();
    assert.equal(refused.refused, 400);
    assert.match(JSON.parse(refused.body).error, /belfry\.v1, bearer\./);
  }
});

test('refuses a token in the URL, and does not log it', async (t) => {
  const { url, server } = await startEcho(t);
  const refused = await plainClient(t, `${url}/ws?token=very-secret`).refused();
  assert.equal(refused.refused, 400);
  assert.match(JSON.parse(refused.body).error, /token in the URL/);
  assert.ok(!server.has(/very-secret/));
});

test('refuses a foreign page, and says in the log what would allow it', async (t) => {
  const { url, server } = await startEcho(t);
  for (const origin of ['https://evil.example', 'null', `http://${url.slice(5)}.evil.example`]) {
    const refused = await plainClient(t, `${url}/ws`, { headers: { origin } }).refused();
    assert.equal(refused.refused, 403);
    assert.deepEqual(JSON.parse(refused.body), { error: 'Origin not allowed' });
    await server.line(/refused: .*allowed_origins = /);
  }
  await connected(t, url, { token: 'abc', headers: { origin: url.replace('ws', 'http') } });
});

test('carries events and answers', async (t) => {
  const client = await connected(t, (await startEcho(t)).url);
  client.send('message', { a: [1, 'ä'] });
  assert.deepEqual(await client.event('message-back'), { a: [1, 'ä'] });
  const deep = JSON.parse('['.repeat(64) + ']'.repeat(64));
  client.send('message', deep);
  assert.deepEqual(await client.event('message-back'), deep);
  client.send('message-with-ack', 'x', { id: 9007199254740991 });
  assert.equal((await client.ack(9007199254740991)).data, 'x');
});

test('says what is wrong with an id, and stays open', async (t) => {
  const client = await connected(t, (await startEcho(t)).url);
  client.socket.send('{"event":"message-with-ack","id":9007199254740992}');
  const error = await client.event('error');
  assert.equal(error.code, 'bad_message');
  assert.equal(error.event, 'message-with-ack');
  client.send('message', 1);
  assert.equal(await client.event('message-back'), 1);
});

test('closes on a violation, after an error that says so', async (t) => {
  const { url } = await startEcho(t);
  for (const text of ['', 'x', '[]', '{}', '{"event":1}', '{"event":"a","event":"b"}', `{"event":"a","data":${'['.repeat(65)}${']'.repeat(65)}}`]) {
    const client = await connected(t, url);
    client.socket.send(text);
    assert.equal((await client.event('error')).code, 'bad_message', text);
    assert.equal((await client.closed()).close, 4400, text);
  }
});

test('closes on binary', async (t) => {
  const client = await connected(t, (await startEcho(t)).url);
  client.socket.send(Buffer.from([1]));
  assert.equal((await client.closed()).close, 1003);
});

test('requires a token before events', async (t) => {
  const { url } = await startEcho(t);
  const client = plainClient(t, `${url}/ws`);
  client.socket.on('open', () => client.send('message', 1));
  assert.deepEqual(await client.event('error'), { code: 'token_missing', message: 'No authentication token provided' });
  assert.equal((await client.closed()).close, 4401);
});

test('closes when no token arrives in time', async (t) => {
  const { url } = await startEcho(t);
  const client = plainClient(t, `${url}/ws`);
  assert.equal((await client.event('error')).code, 'token_missing');
  assert.equal((await client.closed()).close, 4401);
});

test('sends WebSocket pings as heartbeats, and closes a silent client', async (t) => {
  const { url } = await startEcho(t);
  const client = await connected(t, url);
  await client.inbox.next((frame) => 'ping' in frame);
  await client.inbox.next((frame) => 'ping' in frame);
  const deaf = await connected(t, url, { token: 'abc', autoPong: false });
  assert.equal((await deaf.closed()).close, 1001);
});
