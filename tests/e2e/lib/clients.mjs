// The real clients, with just enough of a wrapper that a test can wait for what they receive.

import { test as nodeTest } from 'node:test';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { atEnd } from './end.mjs';
import { Inbox, within } from './wait.mjs';

/** What carries Engine.IO's packets. */
export const CARRIERS = ['websocket', 'polling'];

const carriers = new WeakMap();

/** Runs a test on every carrier: what socketClient(t, …) opens in it has no other. */
export function testCarriers(name, body) {
  for (const carrier of CARRIERS) {
    nodeTest(`${carrier}: ${name}`, (t) => {
      carriers.set(t, carrier);
      return body(t, carrier);
    });
  }
}

/**
 * socket.io-client, as a page uses it, on the test's carrier, by default WebSocket.
 * Everything it receives goes to `inbox`, as { name, args, ack }; its own `connect`,
 * `connect_error` and `disconnect` too.
 */
export function socketClient(test, url, options = {}) {
  const transports = [carriers.get(test) ?? 'websocket'];
  // With credentials, it keeps the cookie of a balancer, as a browser does.
  const socket = io(url, { transports, forceNew: true, reconnection: false, withCredentials: true, ...options });
  const inbox = new Inbox('socket.io-client');
  const hear = (name) => (...args) => inbox.put({ name, args });
  for (const name of ['connect', 'connect_error', 'disconnect']) socket.on(name, hear(name));
  socket.onAny((name, ...args) => {
    const ack = typeof args.at(-1) === 'function' ? args.pop() : undefined;
    inbox.put({ name, args, ack });
  });
  atEnd(test, () => socket.disconnect());
  return {
    socket,
    inbox,
    /** The first argument of the next event with that name. */
    async event(name, fits = () => true) {
      return (await this.whole(name, fits)).args[0];
    },
    whole(name, fits = () => true) {
      return inbox.next((event) => event.name === name && fits(event.args[0]), `event ${name}`);
    },
    /** Emits, and waits for the acknowledgement. */
    ask(name, data) {
      const args = data === undefined ? [] : [data];
      return within(
        new Promise((resolve) => socket.emit(name, ...args, resolve)),
        () => `the acknowledgement of ${name}`,
      );
    },
    notifications: () => inbox.all.filter((event) => event.name === 'notification').map((event) => event.args[0]),
  };
}

/** A client of the plain framing, by the `ws` package: frames as parsed JSON, and the close. */
export function plainClient(test, url, { token, protocols = [], ...options } = {}) {
  const headers = token ? { authorization: `Bearer ${token}`, ...options.headers } : (options.headers ?? {});
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, { ...options, headers });
  const inbox = new Inbox('ws');
  socket.on('open', () => inbox.put({ open: socket.protocol }));
  socket.on('message', (data, binary) => inbox.put(binary ? { binary: data } : JSON.parse(data)));
  socket.on('ping', (data) => inbox.put({ ping: data }));
  socket.on('close', (code, reason) => inbox.put({ close: code, reason: String(reason) }));
  socket.on('error', (error) => inbox.put({ failure: error.message }));
  socket.on('unexpected-response', async (request, response) => {
    let body = '';
    for await (const part of response) body += part;
    inbox.put({ refused: response.statusCode, headers: response.headers, body });
    request.destroy();
  });
  atEnd(test, () => socket.terminate());
  return {
    socket,
    inbox,
    send: (event, data, more = {}) => socket.send(JSON.stringify({ event, data, ...more })),
    async event(name, fits = () => true) {
      return (await this.whole(name, fits)).data;
    },
    whole: (name, fits = () => true) =>
      inbox.next((frame) => frame.event === name && fits(frame.data), `event ${name}`),
    ack: (id) => inbox.next((frame) => frame.ack === id, `the acknowledgement ${id}`),
    closed: () => inbox.next((frame) => 'close' in frame, 'a close'),
    refused: () => inbox.next((frame) => 'refused' in frame, 'a refusal'),
    notifications: () => inbox.all.filter((frame) => frame.event === 'notification').map((frame) => frame.data),
  };
}
