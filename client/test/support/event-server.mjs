import { once } from 'node:events';
import { createServer } from 'node:http';

const DEADLINE = 5_000;

/**
 * The event stream of a gateway, on a real HTTP server; no WebSocket opens there. The
 * test says what a stream tells (`server.last.tell(frame)`), and sees what comes by POST
 * (`server.frames`). Every frame with an id is acknowledged by `server.answer(frame)`.
 */
export async function eventServer(t) {
  const server = new EventServer();
  await server.open();
  t.after(() => server.close());
  return server;
}

class EventServer {
  streams = [];
  posts = [];
  /** `{status, headers, body}` for all requests, while it is set. */
  refusal = null;
  answer = () => ({ ok: true });
  #http = createServer((request, response) => this.#serve(request, response));
  #watchers = new Set();

  async open() {
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    this.origin = `http://127.0.0.1:${this.#http.address().port}`;
  }

  close() {
    this.#http.closeAllConnections();
    this.#http.close();
  }

  get last() {
    return this.streams.at(-1);
  }

  get frames() {
    return this.posts.flatMap(({ frames }) => frames);
  }

  /** Resolves with the first truthy value of `condition`, checked whenever something happens. */
  until(condition) {
    return new Promise((resolve, reject) => {
      const check = () => {
        const value = condition();
        if (!value) return;
        clearTimeout(late);
        this.#watchers.delete(check);
        resolve(value);
      };
      const late = setTimeout(() => reject(new Error(`Not in time: ${condition}`)), DEADLINE);
      this.#watchers.add(check);
      check();
    });
  }

  /** Something that a condition may look at has changed. */
  happened() {
    for (const check of [...this.#watchers]) check();
  }

  async #serve(request, response) {
    if (this.refusal) {
      const { status, headers = {}, body = '' } = this.refusal;
      response.writeHead(status, headers).end(body);
    } else if (request.method === 'GET') this.#stream(request, response);
    else await this.#post(request, response);
    this.happened();
  }

  #stream({ url, headers }, response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const stream = new Stream(url, headers, response, `session-${this.streams.length}`);
    response.on('close', () => {
      stream.closed = true;
      this.happened();
    });
    this.streams.push(stream);
    stream.tell({ event: 'connected', data: { userId: 'alice', queue: 'queue-1', session: stream.session } });
  }

  async #post(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const frames = JSON.parse(Buffer.concat(chunks));
    const { authorization } = request.headers;
    this.posts.push({ session: new URL(request.url, this.origin).searchParams.get('session'), authorization, frames });
    if (frames.some(({ event }) => event === 'ping')) this.last.tell({ event: 'pong', data: {} });
    this.happened();
    await this.hold;
    const acks = frames.filter(({ id }) => id !== undefined).map((frame) => ({ ack: frame.id, data: this.answer(frame) }));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(acks));
  }
}

class Stream {
  closed = false;
  #lastId = 0;
  #response;

  constructor(url, headers, response, session) {
    Object.assign(this, { url, headers, session });
    this.#response = response;
  }

  /** An event with the frame, whose id is `<session>/<n>`. */
  tell(frame) {
    this.write(`id: ${this.session}/${++this.#lastId}\ndata: ${JSON.stringify(frame)}\n\n`);
  }

  write(text) {
    this.#response.write(text);
  }

  end() {
    this.#response.end();
  }

  /** As a lost network. */
  destroy() {
    this.#response.destroy();
  }
}
