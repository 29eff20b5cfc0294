// Many connections at little cost: a minimal Socket.IO client over bare sockets, so
// that thousands of clients fit on the machine of the server that is measured. The
// same client is used for both servers.

import { connect } from 'node:net';
import { randomBytes } from 'node:crypto';

const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 };
const CONNECTING_AT_ONCE = 100;
// Connections come from several loopback addresses, to stay below the limit per address.
const ADDRESSES = 32;

/** A client's frame. A mask of 0 is valid, and saves the masking. */
function frame(opcode, payload) {
  const body = Buffer.from(payload);
  const head =
    body.length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | body.length, 0, 0, 0, 0])
      : Buffer.from([0x80 | opcode, 0x80 | 126, body.length >> 8, body.length & 255, 0, 0, 0, 0]);
  return Buffer.concat([head, body]);
}

const pong = frame(OPCODE.text, '3');

/** The first frame in a buffer, { opcode, payload, size }, or nothing if it is incomplete. */
function wholeFrame(buffer) {
  if (buffer.length < 2) return undefined;
  let length = buffer[1] & 127;
  let start = 2;
  if (length === 126) {
    if (buffer.length < 4) return undefined;
    length = buffer.readUInt16BE(2);
    start = 4;
  }
  const size = start + length;
  return buffer.length < size ? undefined : { opcode: buffer[0] & 15, payload: buffer.subarray(start, size), size };
}

class Member {
  #rest = Buffer.alloc(0);
  #upgraded = false;

  constructor(url, token, localAddress, onEvent) {
    this.token = token;
    this.onEvent = onEvent;
    this.ready = new Promise((resolve, reject) => {
      this.joined = resolve;
      this.refused = reject;
    });
    this.socket = connect({ host: url.hostname, port: Number(url.port), localAddress, noDelay: true });
    this.socket.on('connect', () => this.socket.write(upgradeRequest(url)));
    this.socket.on('data', (data) => this.#read(data));
    this.socket.on('error', (error) => this.refused(error));
    this.socket.on('close', () => this.refused(new Error('the server closed the connection')));
  }

  #read(data) {
    let buffer = this.#rest.length > 0 ? Buffer.concat([this.#rest, data]) : data;
    if (!this.#upgraded) buffer = this.#readHead(buffer);
    if (this.#upgraded) {
      for (let next = wholeFrame(buffer); next; next = wholeFrame(buffer)) {
        this.#take(next.opcode, next.payload);
        buffer = buffer.subarray(next.size);
      }
    }
    this.#rest = buffer.length > 0 ? Buffer.from(buffer) : buffer;
  }

  #readHead(buffer) {
    const end = buffer.indexOf('\r\n\r\n');
    if (end < 0) return buffer;
    const head = buffer.toString('latin1', 0, end);
    if (!head.startsWith('HTTP/1.1 101')) this.refused(new Error(`the server answered ${head.split('\r\n')[0]}`));
    this.#upgraded = true;
    return buffer.subarray(end + 4);
  }

  #take(opcode, payload) {
    if (opcode === OPCODE.ping) this.socket.write(frame(OPCODE.pong, payload));
    else if (opcode === OPCODE.close) this.refused(new Error(`the server closed: ${payload.toString('latin1', 2)}`));
    else if (opcode === OPCODE.text) this.#takePacket(payload);
  }

  #takePacket(payload) {
    const text = payload.toString('latin1', 0, 2);
    if (text.startsWith('0')) this.socket.write(frame(OPCODE.text, `40${JSON.stringify({ token: this.token })}`));
    else if (text === '2') this.socket.write(pong);
    else if (text === '40') this.joined();
    else if (text === '42') this.onEvent(payload);
    else this.refused(new Error(`the server said ${payload}`));
  }
}

function upgradeRequest(url) {
  return (
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\n` +
    `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`
  );
}

export class Crowd {
  #members = [];
  /** Called with each event's packet, a Buffer. */
  onEvent = () => {};

  /** Connects `count` users, named by `userOf`, and waits until all are authenticated. */
  async join(address, count, tokenOf) {
    const url = new URL(address);
    for (let from = 0; from < count; from += CONNECTING_AT_ONCE) {
      const batch = Array.from({ length: Math.min(CONNECTING_AT_ONCE, count - from) }, (_, index) => {
        const number = from + index;
        return new Member(url, tokenOf(number), `127.0.1.${1 + (number % ADDRESSES)}`, (packet) => this.onEvent(packet));
      });
      this.#members.push(...batch);
      await Promise.all(batch.map((member) => member.ready));
    }
  }

  /** Throws if a connection was lost: the figure would be for fewer clients. */
  demandAll() {
    const lost = this.#members.filter(({ socket }) => socket.destroyed).length;
    if (lost > 0) throw new Error(`${lost} of ${this.#members.length} connections were lost`);
  }

  leave() {
    for (const { socket } of this.#members.splice(0)) socket.resetAndDestroy();
  }
}
