// The Socket.IO protocol, revision 5: every WebSocket case of the project's own
// suite, what it leaves out, and the real client.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { io } from 'socket.io-client';
import { socketClient } from '../lib/clients.mjs';
import { atEnd } from '../lib/end.mjs';
import { Inbox } from '../lib/wait.mjs';
import { engineSocket, mainSocket, startEcho } from './echo.mjs';

const TWO = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}';

for (const [text, prefix, auth] of [
  ['40', '40', '42["auth",{}]'],
  ['40{"token":"123"}', '40', '42["auth",{"token":"123"}]'],
  ['40/custom,', '40/custom,', '42/custom,["auth",{}]'],
  ['40/custom', '40/custom,', '42/custom,["auth",{}]'],
  ['40/custom,{"token":"abc"}', '40/custom,', '42/custom,["auth",{"token":"abc"}]'],
]) {
  test(`connects with ${text}`, async (t) => {
    const raw = await engineSocket(t, await startEcho(t));
    raw.send(text);
    const answer = await raw.packet();
    assert.ok(answer.startsWith(prefix));
    const handshake = JSON.parse(answer.slice(prefix.length));
    assert.deepEqual(Object.keys(handshake), ['sid']);
    assert.notEqual(handshake.sid, JSON.parse(raw.open.slice(1)).sid);
    assert.equal(await raw.packet(), auth);
  });
}

test('refuses an unknown namespace, and stays open', async (t) => {
  const raw = await engineSocket(t, await startEcho(t));
  raw.send('40/random');
  assert.equal(await raw.packet(), '44/random,{"message":"Invalid namespace"}');
  raw.send('40');
  assert.match(await raw.packet(), /^40\{/);
});

test('closes without a handshake, or with a bad one', async (t) => {
  const echo = await startEcho(t);
  const silent = await engineSocket(t, echo);
  const wrong = await engineSocket(t, echo);
  wrong.send('4abc');
  assert.equal((await wrong.closed()).close, 4400);
  const answering = await engineSocket(t, echo);
  const pong = setInterval(() => answering.send('3'), 100);
  atEnd(t, () => clearInterval(pong));
  assert.equal((await answering.closed()).close, 4401);
  assert.equal((await silent.closed()).close, 1001);
});

test('stays open when the main namespace is left', async (t) => {
  const raw = await mainSocket(t, await startEcho(t));
  raw.send('41');
  assert.equal(await raw.next(), '2');
  raw.send('3', '40');
  assert.match(await raw.packet(), /^40\{/);
});

test('leaves only a custom namespace', async (t) => {
  const raw = await mainSocket(t, await startEcho(t));
  raw.send('40/custom');
  await raw.packet();
  await raw.packet();
  raw.send('41/custom', '42["message","message to main namespace"]');
  assert.equal(await raw.packet(), '42["message-back","message to main namespace"]');
});

test('carries plain text', async (t) => {
  const raw = await mainSocket(t, await startEcho(t));
  raw.send('42["message",1,"2",{"3":[true]}]', '42456["message-with-ack",1,"2",{"3":[false]}]', '42["message"]');
  assert.equal(await raw.packet(), '42["message-back",1,"2",{"3":[true]}]');
  assert.equal(await raw.packet(), '43456[1,"2",{"3":[false]}]');
  assert.equal(await raw.packet(), '42["message-back"]');
});

test('carries binary attachments', async (t) => {
  const raw = await mainSocket(t, await startEcho(t));
  raw.send(`452-["message",${TWO}]`, Buffer.from([1, 2, 3]), '3', Buffer.from([4, 5, 6]));
  assert.equal(await raw.packet(), `452-["message-back",${TWO}]`);
  assert.deepEqual(await raw.packet(), [1, 2, 3]);
  assert.deepEqual(await raw.packet(), [4, 5, 6]);
  raw.send(`452-789["message-with-ack",${TWO}]`, Buffer.from([1]), Buffer.from([]));
  assert.equal(await raw.packet(), `462-789[${TWO}]`);
  assert.deepEqual(await raw.packet(), [1]);
  assert.deepEqual(await raw.packet(), []);
});

test('closes on a violation, as the real server does', async (t) => {
  const echo = await startEcho(t);
  for (const frames of [
    ['4abc'],
    ['42{}'],
    ['42abc["message-with-ack",1,"2",{"3":[false]}]'],
    ['40'],
    ['44{"message":"no"}'],
    ['42'],
    ['42[1]'],
    ['42["connect"]'],
    ['42["newListener","a"]'],
    ['42/custom,["message"]'],
    ['41/custom'],
    ['450-["message"]'],
    ['45-1-["message"]'],
    ['4511-["message"]'],
    ['451000000000000-["message"]'],
    ['451-["message",{"_placeholder":true,"num":1}]'],
    ['451-["message"]', '42["message"]'],
    [Buffer.from([1])],
    [`42${'9'.repeat(400)}["message"]`],
    ['42 ["message"]'],
    [`42["message",${'['.repeat(200_000)}`],
  ]) {
    const raw = await mainSocket(t, echo);
    raw.send(...frames);
    assert.equal((await raw.closed()).close, 4400, String(frames[0]).slice(0, 80));
  }
});

test('closes on an event before CONNECT', async (t) => {
  const raw = await engineSocket(t, await startEcho(t));
  raw.send('42["message"]');
  assert.equal((await raw.closed()).close, 4400);
});

test('ignores an acknowledgement that nobody asked for', async (t) => {
  const raw = await mainSocket(t, await startEcho(t));
  raw.send('43[]', '431[1]', '43', '461-7[{"_placeholder":true,"num":0}]', Buffer.from([1]), '42["message",1]');
  assert.equal(await raw.packet(), '42["message-back",1]');
});

test('serves the real client', async (t) => {
  const { http } = await startEcho(t);
  const client = socketClient(t, http, { auth: { token: 'abc' } });
  assert.deepEqual(await client.event('auth'), { token: 'abc' });
  assert.equal(await client.ask('message-with-ack', 'ä\u2028"\\'), 'ä\u2028"\\');
  const attachments = { a: Buffer.from([1, 2]), b: [Buffer.from([3])] };
  assert.deepEqual(await client.ask('message-with-ack', attachments), attachments);
});

test('serves the real client on two namespaces of one connection', async (t) => {
  const { http } = await startEcho(t);
  const client = socketClient(t, http);
  await client.event('auth');
  const custom = client.socket.io.socket('/custom', { auth: { token: 'custom' } });
  const heard = new Inbox('/custom');
  custom.onAny((name, ...args) => heard.put({ name, args }));
  assert.deepEqual(await heard.next(), { name: 'auth', args: [{ token: 'custom' }] });
  custom.emit('message', 1, 2);
  assert.deepEqual(await heard.next(), { name: 'message-back', args: [1, 2] });
  custom.disconnect();
  assert.equal(await client.ask('message-with-ack', 'still here'), 'still here');
});

test('tells the real client of an unknown namespace', async (t) => {
  const { http } = await startEcho(t);
  const socket = io(`${http}/random`, { transports: ['websocket'], forceNew: true, reconnection: false });
  const heard = new Inbox('/random');
  atEnd(t, () => socket.disconnect());
  socket.on('connect_error', (error) => heard.put(error.message));
  assert.equal(await heard.next(), 'Invalid namespace');
});
