// Free ports for web servers, which cannot be told to choose one themselves.

import { createServer } from 'node:net';

/** Ports from 10,000 on that fetch and browsers refuse to ask (https://fetch.spec.whatwg.org/#port-blocking). */
const BLOCKED = new Set([10_080]);

/**
 * A port nobody listens on now and anybody may ask, below those that the system gives to outgoing
 * connections. Another process may take it first: startOnFreePort tries again.
 */
async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (BLOCKED.has(port)) continue;
    const free = await new Promise((resolve) => {
      const probe = createServer().once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/** start(port) gives a value, or throws an error that speaks of the address being in use. */
export async function startOnFreePort(start) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === 4 || !/in use|EADDRINUSE/i.test(error.message)) throw error;
    }
  }
}

/** Resolves once something accepts connections there. */
export async function accepts(port) {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => {});
    socket.once('connect', () => socket.destroy());
  });
}
