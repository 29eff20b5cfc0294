// The conformance server, and bare WebSocket clients of it.

import { WebSocket } from 'ws';
import { atEnd } from '../lib/end.mjs';
import { Program, build } from '../lib/program.mjs';
import { Inbox } from '../lib/wait.mjs';

export const PING_INTERVAL_MS = 300;
export const PING_TIMEOUT_MS = 200;
export const HANDSHAKE = 'EIO=4&transport=websocket';

/** Starts the server for one test; returns its URLs without a path. */
export async function startEcho(test) {
  const server = new Program(test, `${build}/tests/conformance/echo_server`, []);
  atEnd(test, () => server.stop());
  const [, address] = await server.line(/listening on (\S+)$/);
  return { url: `ws://${address}`, http: `http://${address}`, server };
}

/** What arrives, in order: text as strings, binary as arrays, and the close. */
export function rawSocket(test, url, ...options) {
  const socket = new WebSocket(url, ...options);
  const inbox = new Inbox(url);
  socket.on('message', (data, binary) => inbox.put(binary ? [...data] : String(data)));
  socket.on('close', (code, reason) => inbox.put({ close: code, reason: String(reason) }));
  socket.on('pong', (data) => inbox.put({ pong: String(data) }));
  socket.on('error', () => {});
  atEnd(test, () => socket.terminate());
  return {
    socket,
    send: (...frames) => frames.forEach((frame) => socket.send(frame)),
    /** The next frame of any kind. */
    next: () => inbox.next(),
    /** The next frame that is not an Engine.IO ping. */
    packet: () => inbox.next((frame) => frame !== '2'),
    closed: () => inbox.next((frame) => typeof frame === 'object' && 'close' in frame, 'a close'),
  };
}

/** A WebSocket after Engine.IO's handshake. */
export async function engineSocket(test, echo, path = '/socket.io/') {
  const raw = rawSocket(test, `${echo.url}${path}?${HANDSHAKE}`);
  raw.open = await raw.next();
  return raw;
}

/** A WebSocket that is connected to the main namespace. */
export async function mainSocket(test, echo) {
  const raw = await engineSocket(test, echo);
  raw.send('40');
  raw.connected = await raw.packet();
  raw.auth = await raw.packet();
  return raw;
}
