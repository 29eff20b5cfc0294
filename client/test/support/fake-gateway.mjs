import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

/**
 * A gateway that does what a test tells it to: the plain framing over a real
 * WebSocket, no rules of its own. What the true gateway does is tested with
 * the true gateway; this one misbehaves on purpose.
 *
 *     const gateway = await FakeGateway.listen();
 *     gateway.answers['message:send'] = (data) => ({ ok: true, id: '1' });
 */
export class FakeGateway {
  peers = new Set();
  /** Every frame of every client, in order. */
  frames = [];
  queue = 'queue-1';
  /** What a first `auth` is answered with: by default, welcome. */
  onAuth = (peer) => this.welcome(peer);
  answers = {
    ping: (data, peer) => peer.event('pong', { timestamp: Date.now() }),
    subscribe: (data) => ({ ok: true, topic: data.topic }),
    unsubscribe: () => ({ ok: true }),
    'notification:list': () => ({ ok: true, notifications: [], hasMore: false }),
    'message:history': () => ({ ok: true, messages: [], hasMore: false }),
    'auth:refresh': () => ({ ok: true }),
  };

  static async listen() {
    const gateway = new FakeGateway();
    gateway.http = createServer();
    gateway.websockets = new WebSocketServer({ server: gateway.http });
    gateway.websockets.on('connection', (websocket) => gateway.#connected(websocket));
    gateway.http.listen(0, '127.0.0.1');
    await once(gateway.http, 'listening');
    gateway.url = `ws://127.0.0.1:${gateway.http.address().port}/ws`;
    return gateway;
  }

  welcome(peer, session = {}) {
    peer.event('connected', { userId: 'alice', queue: this.queue, ...session });
    peer.event('notification:unread_count', 0);
  }

  /** To every client. */
  event(name, data, id) {
    for (const peer of this.peers) peer.event(name, data, id);
  }

  /** What clients sent under that name. */
  sent(name) {
    return this.frames.filter((frame) => frame.event === name);
  }

  /** Once a client has sent `count` of them. */
  async until(name, count = 1) {
    while (this.sent(name).length < count) await once(this.websockets, 'frame');
    return this.sent(name).at(-1);
  }

  async untilAcknowledged(id) {
    while (!this.frames.some((frame) => frame.ack === id)) await once(this.websockets, 'frame');
  }

  close(code = 1012, reason) {
    for (const peer of this.peers) peer.websocket.close(code, reason);
  }

  async stop() {
    for (const peer of this.peers) peer.websocket.terminate();
    this.websockets.close();
    this.http.close();
    this.http.closeAllConnections();
    await once(this.http, 'close');
  }

  #connected(websocket) {
    const send = (frame) => websocket.send(JSON.stringify(frame));
    const peer = { websocket, event: (event, data, id) => send({ event, data, id }) };
    this.peers.add(peer);
    websocket.on('close', () => this.peers.delete(peer));
    websocket.on('message', (text) => {
      const frame = JSON.parse(text);
      this.frames.push(frame);
      if (frame.event === 'auth') this.onAuth(peer, frame.data);
      else this.#answer(peer, frame, send);
      this.websockets.emit('frame');
    });
  }

  #answer(peer, { event, data, id }, send) {
    const answer = this.answers[event]?.(data, peer);
    if (id !== undefined && answer !== undefined) send({ ack: id, data: answer });
  }
}
