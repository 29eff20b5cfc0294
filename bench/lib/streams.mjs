// Many clients on event streams (GET /events) at little cost: bare sockets, whose bodies are only looked through.

import { connect } from 'node:net';

const CONNECTING_AT_ONCE = 100;
// Connections come from several loopback addresses, to stay below the limit per address.
const ADDRESSES = 32;

function open(url, token, localAddress, onEvent) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), localAddress, noDelay: true });
    const head = [`GET /events HTTP/1.1`, `Host: ${url.host}`, 'Accept: text/event-stream', `Authorization: Bearer ${token}`];
    socket.on('connect', () => socket.write(`${head.join('\r\n')}\r\n\r\n`));
    let rest = '';
    socket.setEncoding('latin1').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        if (!line.startsWith('data:')) continue;
        if (line.includes('"connected"')) resolve(socket);
        onEvent(line.slice(5).trim());
      }
    });
    socket.on('error', reject);
    socket.on('close', () => {
      socket.lost = true;
      reject(new Error(`the server closed the stream: ${rest}`));
    });
  });
}

export class Streams {
  #sockets = [];

  /** `onEvent` hears of all that arrives, at any of them. */
  constructor(onEvent = () => {}) {
    this.onEvent = onEvent;
  }

  /** Connects `count` users, and waits until all are authenticated. */
  async join(address, count, tokenOf) {
    const url = new URL(address);
    for (let from = 0; from < count; from += CONNECTING_AT_ONCE) {
      const batch = Array.from({ length: Math.min(CONNECTING_AT_ONCE, count - from) }, (_, index) => {
        const number = from + index;
        return open(url, tokenOf(number), `127.0.1.${1 + (number % ADDRESSES)}`, this.onEvent);
      });
      this.#sockets.push(...(await Promise.all(batch)));
    }
  }

  /** Throws if a client was lost: the figure would be for fewer. */
  demandAll() {
    const lost = this.#sockets.filter((socket) => socket.lost).length;
    if (lost > 0) throw new Error(`${lost} of ${this.#sockets.length} streams were lost`);
  }

  leave() {
    for (const socket of this.#sockets.splice(0)) socket.destroy();
  }
}
