// RFC 6455 frame by frame, like the well-known fuzzing suites: what the server must
// answer, and with which code it closes on violations.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { atEnd } from '../lib/end.mjs';
import { Program, build } from '../lib/program.mjs';
import { Inbox } from '../lib/wait.mjs';
import { startEcho } from './echo.mjs';

const [MORE, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10];
const FIN = 0x80;

/** A client's frame: `first` is FIN, RSV and opcode in one byte. */
function frame(first, payload = '', { masked = true } = {}) {
  const data = Buffer.from(payload);
  const mask = Buffer.from([1, 2, 3, 4]);
  const head =
    data.length < 126 ? Buffer.from([first, data.length])
    : data.length < 65536 ? Buffer.from([first, 126, data.length >> 8, data.length & 255])
    : Buffer.concat([Buffer.from([first, 127, 0, 0, 0, 0]), Buffer.from(new Uint32Array([data.length]).buffer).reverse()]);
  if (!masked) return Buffer.concat([head, data]);
  head[1] |= 0x80;
  return Buffer.concat([head, mask, data.map((byte, i) => byte ^ mask[i & 3])]);
}

const close = (code, reason = '') =>
  frame(FIN | CLOSE, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]));

/** Passes each complete frame at the start of `bytes` to `each`; returns the rest. */
function takeFrames(bytes, each) {
  for (;;) {
    const extra = bytes[1] === 127 ? 8 : bytes[1] === 126 ? 2 : 0;
    if (bytes.length < 2 + extra) return bytes;
    const len = extra ? Number(extra === 8 ? bytes.readBigUInt64BE(2) : bytes.readUInt16BE(2)) : bytes[1];
    if (bytes.length < 2 + extra + len) return bytes;
    each(bytes[0], bytes.subarray(2 + extra, 2 + extra + len));
    bytes = bytes.subarray(2 + extra + len);
  }
}

/** A WebSocket client on a bare socket; `next` returns [opcode, payload], or "end". */
async function open(t, echo) {
  const { hostname, port } = new URL(echo.http);
  const socket = connect(port, hostname);
  const inbox = new Inbox('/echo');
  let bytes = Buffer.alloc(0);
  let isOpen = false;
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('end', () => inbox.put('end'));
  socket.on('data', (data) => {
    bytes = Buffer.concat([bytes, data]);
    const end = isOpen ? -1 : bytes.indexOf('\r\n\r\n');
    if (!isOpen && end < 0) return;
    if (!isOpen) {
      isOpen = true;
      inbox.put(String(bytes.subarray(0, 12)));
      bytes = bytes.subarray(end + 4);
    }
    bytes = takeFrames(bytes, (first, payload) => {
      assert.equal(first & 0xf0, FIN);
      inbox.put([first & 15, Buffer.from(payload)]);
    });
  });
  atEnd(t, () => socket.destroy());
  socket.write(
    'GET /echo HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  assert.equal(await inbox.next(), 'HTTP/1.1 101');
  return { send: (...frames) => socket.write(Buffer.concat(frames)), next: () => inbox.next() };
}

async function expectFrame(socket, opcode, payload) {
  const [kind, data] = await socket.next();
  assert.equal(kind, opcode);
  assert.ok(data.equals(Buffer.from(payload)), `${data.subarray(0, 40).toString('hex')} came`);
}

async function expectClose(socket, code, what) {
  const came = await socket.next();
  assert.equal(came[0], CLOSE, what);
  assert.equal(came[1].length ? came[1].readUInt16BE(0) : 1005, code, what);
  assert.equal(await socket.next(), 'end', what);
}

test('echoes text and binary with every form of the length field', async (t) => {
  const socket = await open(t, await startEcho(t));
  for (const len of [0, 1, 125, 126, 127, 65535, 65536, 1 << 20, 16 << 20]) {
    socket.send(frame(FIN | TEXT, '*'.repeat(len)), frame(FIN | BINARY, Buffer.alloc(len, 0xfe)));
    await expectFrame(socket, TEXT, '*'.repeat(len));
    await expectFrame(socket, BINARY, Buffer.alloc(len, 0xfe));
  }
});

test('accepts frames that arrive byte by byte', async (t) => {
  const socket = await open(t, await startEcho(t));
  for (const byte of Buffer.concat([frame(FIN | TEXT, 'κόσμε'), frame(FIN | PING, 'p'), frame(FIN | BINARY, 'b')]))
    socket.send(Buffer.from([byte]));
  await expectFrame(socket, TEXT, 'κόσμε');
  await expectFrame(socket, PONG, 'p');
  await expectFrame(socket, BINARY, 'b');
});

test('answers pings with their payload, in order, and ignores pongs', async (t) => {
  const socket = await open(t, await startEcho(t));
  socket.send(frame(FIN | PONG, 'unasked'), frame(FIN | PING), frame(FIN | PING, Buffer.alloc(125, 0xfe)));
  for (let i = 0; i < 10; i++) socket.send(frame(FIN | PING, `${i}`));
  await expectFrame(socket, PONG, '');
  await expectFrame(socket, PONG, Buffer.alloc(125, 0xfe));
  for (let i = 0; i < 10; i++) await expectFrame(socket, PONG, `${i}`);
});

test('joins fragments, and answers pings between them at once', async (t) => {
  const socket = await open(t, await startEcho(t));
  socket.send(frame(TEXT, 'κό'), frame(FIN | PING, 'amid'), frame(MORE), frame(MORE, 'σμ'));
  await expectFrame(socket, PONG, 'amid');
  socket.send(frame(FIN | MORE, 'ε'));
  await expectFrame(socket, TEXT, 'κόσμε');
  const bytes = Buffer.from('κόσμε');
  socket.send(frame(TEXT, bytes.subarray(0, 3)), frame(MORE, bytes.subarray(3, 4)), frame(FIN | MORE, bytes.subarray(4)));
  await expectFrame(socket, TEXT, 'κόσμε');
  socket.send(frame(BINARY), frame(FIN | MORE));
  await expectFrame(socket, BINARY, '');
});

test('echoes a thousand messages in order', async (t) => {
  const socket = await open(t, await startEcho(t));
  for (let i = 0; i < 1000; i++) socket.send(frame(FIN | TEXT, `${i}`));
  for (let i = 0; i < 1000; i++) await expectFrame(socket, TEXT, `${i}`);
});

test('closes on a protocol error: 1002', async (t) => {
  const echo = await startEcho(t);
  const breaches = {
    'not masked': [frame(FIN | TEXT, 'a', { masked: false })],
    'a ping too long': [frame(FIN | PING, 'a'.repeat(126))],
    'a ping in fragments': [frame(PING, 'a'), frame(FIN | MORE, 'b')],
    'nothing to continue': [frame(FIN | MORE, 'a')],
    'nothing to continue, unfinished': [frame(MORE, 'a')],
    'text amid fragments': [frame(TEXT, 'a'), frame(FIN | TEXT, 'b')],
    'a close of one byte': [frame(FIN | CLOSE, 'a')],
    'a close too long': [close(1000, 'a'.repeat(124))],
  };
  for (const rsv of [0x10, 0x20, 0x40, 0x70]) breaches[`reserved bits ${rsv}`] = [frame(FIN | rsv | TEXT, 'a')];
  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) breaches[`opcode ${opcode}`] = [frame(FIN | opcode, 'a')];
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
    breaches[`close code ${code}`] = [close(code)];
  for (const [what, frames] of Object.entries(breaches)) {
    const socket = await open(t, echo);
    socket.send(...frames);
    await expectClose(socket, 1002, what);
  }
});

test('echoes what came before a protocol error', async (t) => {
  const socket = await open(t, await startEcho(t));
  socket.send(frame(FIN | TEXT, 'before'), frame(FIN | 3), frame(FIN | TEXT, 'after'));
  await expectFrame(socket, TEXT, 'before');
  await expectClose(socket, 1002);
});

test('closes on text that is not UTF-8, as soon as that is certain: 1007', async (t) => {
  const echo = await startEcho(t);
  for (const hex of ['ff', 'c080', 'c0af', 'eda080', 'edbfbf', 'f4908080', 'f8888080', '80', 'e282', 'cebaedbfbf61', 'f0288cbc']) {
    const socket = await open(t, echo);
    socket.send(frame(FIN | TEXT, Buffer.from(hex, 'hex')));
    await expectClose(socket, 1007, hex);
  }
  for (const hex of ['eda0', 'f490', 'ff']) {
    const socket = await open(t, echo);
    socket.send(frame(TEXT, Buffer.from(hex, 'hex'))); // more would follow
    await expectClose(socket, 1007, `${hex} unfinished`);
  }
  const reason = await open(t, echo);
  reason.send(close(1000, Buffer.from('cebaedbfbf', 'hex')));
  await expectClose(reason, 1007, 'a reason');
});

test('accepts every Unicode character', async (t) => {
  const socket = await open(t, await startEcho(t));
  for (const text of ['\0', '\x7f', '\u0080', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff', '\ufdd0', '\u{10000}', '\u{10ffff}']) {
    socket.send(frame(FIN | TEXT, text));
    await expectFrame(socket, TEXT, text);
  }
});

test('answers a close with its code, and ignores everything after it', async (t) => {
  const echo = await startEcho(t);
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]) {
    const socket = await open(t, echo);
    socket.send(close(code, 'ä'), frame(FIN | TEXT, 'after'), frame(FIN | PING));
    await expectClose(socket, code, String(code));
  }
  const bare = await open(t, echo);
  bare.send(frame(FIN | CLOSE));
  await expectClose(bare, 1005);
  const amid = await open(t, echo);
  amid.send(frame(TEXT, 'a'), close(1000));
  await expectClose(amid, 1000);
});

test('refuses a request without an upgrade', async (t) => {
  const { http } = await startEcho(t);
  assert.equal((await fetch(`${http}/echo`)).status, 426);
});

// The server program

async function run(t, ...options) {
  const server = new Program(t, `${build}/tests/conformance/echo_server`, options);
  const { code } = await server.ended;
  return { code, output: server.output };
}

test('prints its usage', async (t) => {
  const { code, output } = await run(t, '--help');
  assert.equal(code, 0);
  for (const option of ['--port', '--ping-interval', '--ping-timeout', '--connect-timeout', '--max-payload'])
    assert.ok(output.includes(option), option);
});

test('explains a wrong option', async (t) => {
  for (const [options, words] of [
    [['--port', 'x'], /--port "x": give a whole number from 0 to 65535/],
    [['--port', '65536'], /--port "65536": give a whole number/],
    [['--ping-interval', '0'], /--ping-interval "0": give a whole number from 1/],
    [['--max-payload', '1e6'], /--max-payload "1e6"/],
    [['127.0.0.1:1'], /"127.0.0.1:1" is no option: see --help/],
    [['--nonsense'], /usage: echo_server/],
  ]) {
    const { code, output } = await run(t, ...options);
    assert.equal(code, 2, options.join(' '));
    assert.match(output, words);
  }
});
