// Free ports for web servers that cannot choose one themselves.

import { createServer } from 'node:net';

/** Ports from 10,000 on that fetch and browsers block (https://fetch.spec.whatwg.org/#port-blocking). */
const BLOCKED = new Set([10_080]);

/**
 * A port that is free now and not blocked by browsers, below the range that the system uses for
 * outgoing connections. Another process may take it first: startOnFreePort then tries again.
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

/** Calls start(port) and returns its result; tries another port if it throws "address in use". */
export async function startOnFreePort(start) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === 4 || !/in use|EADDRINUSE/i.test(error.message)) throw error;
    }
  }
}

/** Resolves once connections to the port are accepted. */
export async function accepts(port) {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => {});
    socket.once('connect', () => socket.destroy());
  });
}
