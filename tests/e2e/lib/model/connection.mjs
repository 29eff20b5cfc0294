// One connection of a user, over either framing and any carrier, behind one interface:
// it sends, requests, receives, switches its carrier, and is cut off. A deaf one does
// not confirm what it receives.

import { Agent } from 'node:http';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';

class Connection {
  alive = true;
  deaf = false;
  confirmed = new Map(); // by notification: when it was confirmed
  #letIn;
  /** Resolves to whether it was accepted. */
  ready = new Promise((resolve) => (this.#letIn = resolve));

  /** What its authentication says. */
  auth(token) {
    return { token, ack: this.acknowledges, ...(this.seen && { seen: true }) };
  }

  /** `hear` is called with (connection, event, data, broadcast) for each event; the last is where it came from. */
  constructor({ user, acknowledges, seen, hear }) {
    Object.assign(this, { user, acknowledges, seen, hear });
  }

  /** Once this side has ended it, events that were still on their way no longer count. */
  heard(event, data, broadcast) {
    if (!this.alive) return;
    if (event === 'connected') {
      this.since = Date.now();
      this.attached = Date.parse(data.serverTime);
    }
    this.hear(this, event, data, broadcast);
    if (event === 'connected') this.#letIn(true);
  }

  ended() {
    this.alive = false;
    this.#letIn(false);
  }

  toString() {
    return `connection ${this.number} of ${this.user} (${this.constructor.name}${this.acknowledges ? ', acknowledges' : ''})`;
  }

  noteConfirmed(id) {
    this.confirmed.set(id, Date.now());
  }
}

class PlainConnection extends Connection {
  #unconfirmed = [];
  #lastPing = null;
  #asked = new Map();
  #questions = 0;

  constructor(url, token, options) {
    super(options);
    this.socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`, { autoPong: false });
    this.socket.on('open', () => this.#send({ event: 'auth', data: this.auth(token) }));
    this.socket.on('error', () => {});
    this.socket.on('close', () => this.ended());
    this.socket.on('ping', (payload) => ((this.#lastPing = payload), this.#confirm()));
    this.socket.on('message', (text) => this.#take(JSON.parse(text)));
  }

  #send(frame) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  #take({ event, data, id, ack, ...broadcast }) {
    if (event === undefined) {
      this.#asked.get(ack)?.resolve(data);
      this.#asked.delete(ack);
      return;
    }
    this.heard(event, data, broadcast);
    if (event !== 'notification') return;
    this.#unconfirmed.push({ row: data.id, id });
    this.#confirm();
  }

  /** An event with an `id` is confirmed by itself; a ping's pong confirms all before it. */
  #confirm() {
    if (this.deaf || (!this.acknowledges && !this.#lastPing)) return;
    for (const { row, id } of this.#unconfirmed.splice(0)) {
      if (this.acknowledges) this.#send({ ack: id });
      this.noteConfirmed(row);
    }
    if (this.#lastPing && this.socket.readyState === WebSocket.OPEN) this.socket.pong(this.#lastPing);
    this.#lastPing = null;
  }

  setDeaf(deaf) {
    this.deaf = deaf;
    this.#confirm();
  }

  emit(event, data) {
    this.#send({ event, data });
  }

  /** The acknowledgement, or null if the connection ends first. */
  ask(event, data) {
    return new Promise((resolve) => {
      if (!this.alive) return resolve(null);
      this.#asked.set(++this.#questions, { event, resolve });
      this.#send({ event, data, id: this.#questions });
    });
  }

  leave() {
    this.ended();
    this.socket.close();
  }

  cut() {
    this.ended();
    this.socket.terminate();
  }

  ended() {
    super.ended();
    for (const { resolve } of this.#asked.values()) resolve(null);
    this.#asked.clear();
  }

  awaited() {
    return [...this.#asked.values()].map(({ event }) => event);
  }
}

class SocketConnection extends Connection {
  #unconfirmed = [];
  #asked = new Map();
  /**
   * Has the connection of each request under way. None is used again: where one is cut,
   * the library's XMLHttpRequest would repeat the request, and never finish it.
   */
  #agent = new Agent({ keepAlive: false });

  constructor(url, token, options, carrier) {
    super(options);
    this.socket = io(url, { ...carrier, agent: this.#agent, withCredentials: true, forceNew: true, reconnection: false, auth: this.auth(token) });
    this.socket.on('disconnect', () => this.ended());
    this.socket.on('connect_error', () => this.ended());
    this.socket.onAny((event, data, second) => {
      this.heard(event, data, second);
      if (event === 'notification') this.#unconfirmed.push({ row: data.id, acknowledge: second });
      this.#confirm();
    });
  }

  /** Without acknowledgements, the library's pong or next GET follows at once. */
  #confirm() {
    if (this.deaf) return;
    for (const { row, acknowledge } of this.#unconfirmed.splice(0)) {
      acknowledge?.();
      this.noteConfirmed(row);
    }
  }

  setDeaf(deaf) {
    this.deaf = deaf && this.acknowledges;
    this.#confirm();
  }

  emit(event, data) {
    this.socket.emit(event, data);
  }

  ask(event, data) {
    return new Promise((resolve) => {
      if (!this.alive) return resolve(null);
      this.#asked.set(resolve, event);
      this.socket.emit(event, data, (answer) => {
        this.#asked.delete(resolve);
        resolve(answer);
      });
    });
  }

  leave() {
    this.ended();
    this.socket.disconnect();
  }

  /** A client whose polling is paused for an upgrade has nothing to cut yet. */
  cut() {
    this.ended();
    const { engine } = this.socket.io;
    if (!engine?.upgrading) this.#sever();
    else for (const end of ['upgrade', 'upgradeError', 'close']) engine.once(end, () => this.#sever());
  }

  #sever() {
    this.socket.io.engine?.transport?.ws?.terminate();
    for (const socket of Object.values(this.#agent.sockets).flat()) socket.destroy();
    // A poller may have had no request under way.
    this.socket.disconnect();
  }

  ended() {
    super.ended();
    for (const resolve of this.#asked.keys()) resolve(null);
    this.#asked.clear();
  }

  awaited() {
    return [...this.#asked.values()];
  }

  toString() {
    const { engine } = this.socket.io;
    return `${super.toString()}, ${engine?.readyState} on ${engine?.transport?.name}`;
  }
}

class WebSocketConnection extends SocketConnection {
  constructor(url, token, options) {
    super(url, token, options, { transports: ['websocket'] });
  }
}

/** Polls until it is told to switch. */
class PollingConnection extends SocketConnection {
  constructor(url, token, options) {
    super(url, token, options, { transports: ['polling', 'websocket'], upgrade: false });
  }

  /** What the library does by itself when it has connected. */
  switchCarrier() {
    const { engine } = this.socket.io;
    if (engine.readyState === 'open' && engine.transport.name === 'polling' && !this.isSwitching) engine._probe('websocket');
    this.isSwitching = true;
  }
}

/** The library's default: it polls, and goes over to a WebSocket at once. */
class DefaultConnection extends SocketConnection {}

export const framings = [PlainConnection, WebSocketConnection, PollingConnection, DefaultConnection];
