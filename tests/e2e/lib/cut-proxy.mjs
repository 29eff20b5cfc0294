// A proxy that lets no WebSocket through, as those of some companies and schools.

import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import { connect } from 'node:net';
import { atEnd } from './end.mjs';

/**
 * Starts a proxy in front of a server, whose `url` it stands for. While `cut`, as it is
 * at first, it answers each Upgrade with 502; setting `cut` ends the WebSockets that are
 * open. `refused` and `passed` count the Upgrades. `end()` ends every connection.
 */
export async function startCutProxy(test, target) {
  const proxy = new CutProxy(target);
  await proxy.listen();
  atEnd(test, () => proxy.close());
  return proxy;
}

class CutProxy {
  refused = 0;
  passed = 0;
  #cut = true;
  #target;
  #upgraded = new Set();
  #server = createServer((request, response) => this.#forward(request, response));

  constructor(target) {
    const { hostname, port } = new URL(target);
    this.#target = { host: hostname, port };
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  get cut() {
    return this.#cut;
  }

  set cut(cut) {
    this.#cut = cut;
    if (cut) this.#endUpgraded();
  }

  end() {
    this.#endUpgraded();
    this.#server.closeAllConnections();
  }

  close() {
    this.#server.close();
    this.end();
  }

  #endUpgraded() {
    for (const socket of this.#upgraded) socket.destroy();
  }

  #forward(request, response) {
    const { method, url, rawHeaders: headers } = request;
    const forwarded = ask({ ...this.#target, method, path: url, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      response.flushHeaders();
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    forwarded.on('error', () => response.destroy());
    // A client that goes is gone for the server behind, too.
    response.on('close', () => forwarded.destroy());
    request.pipe(forwarded);
  }

  #upgrade({ method, url, rawHeaders }, socket, head) {
    socket.on('error', () => {});
    if (this.#cut) {
      this.refused++;
      socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    this.passed++;
    const onward = connect(this.#target);
    const fields = Array.from({ length: rawHeaders.length / 2 }, (_, i) => `${rawHeaders[2 * i]}: ${rawHeaders[2 * i + 1]}`);
    onward.write(`${[`${method} ${url} HTTP/1.1`, ...fields].join('\r\n')}\r\n\r\n`);
    onward.write(head);
    onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => onward.destroy() && this.#upgraded.delete(socket));
    this.#upgraded.add(socket);
    socket.pipe(onward).pipe(socket);
  }
}
