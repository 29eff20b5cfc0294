// Many clients on HTTP long polling at little cost: Engine.IO packets over node:http.
// The same client is used for both servers. A poll keeps its connection; a POST has
// one of its own and ends it, so that an idle client holds one descriptor.

import { Agent, request } from 'node:http';

const SEPARATOR = '\x1e';
const CONNECTING_AT_ONCE = 100;
// Connections come from several loopback addresses, to stay below the limit per address.
const ADDRESSES = 32;

/** Resolves with the body of a 200; anything else is an error. */
function ask(options, body) {
  return new Promise((resolve, reject) => {
    const asked = request(options, async (response) => {
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      if (response.statusCode === 200) resolve(text);
      else reject(new Error(`${response.statusCode}: ${text}`));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

class Poller {
  #agent = new Agent({ keepAlive: true });
  #waiting = [];

  constructor(url, token, localAddress, onPacket) {
    this.token = token;
    this.onPacket = onPacket;
    this.ended = false;
    this.options = { host: url.hostname, port: url.port, localAddress, path: '/socket.io/?EIO=4&transport=polling' };
  }

  #poll() {
    return ask({ ...this.options, agent: this.#agent });
  }

  #push(body) {
    return ask({ ...this.options, method: 'POST', agent: false, headers: { 'Content-Type': 'text/plain' } }, body);
  }

  /** Resolves once the server has accepted it, and goes on polling. */
  async join() {
    const { sid } = JSON.parse((await this.#poll()).slice(1));
    this.options.path += `&sid=${sid}`;
    await this.#push(`40${JSON.stringify({ token: this.token })}`);
    const joined = this.#await('40');
    this.#run().catch((error) => {
      if (!this.ended) this.failed = error;
      for (const { refuse } of this.#waiting.splice(0)) refuse(error);
    });
    await joined;
  }

  #await(start) {
    return new Promise((take, refuse) => this.#waiting.push({ start, take, refuse }));
  }

  async #run() {
    while (!this.ended) {
      for (const packet of (await this.#poll()).split(SEPARATOR)) {
        if (packet === '2') await this.#push('3');
        this.onPacket(packet);
        this.#waiting = this.#waiting.filter(({ start, take }) => !packet.startsWith(start) || take());
      }
    }
  }

  /** One event by POST, and its acknowledgement in the answer to a poll. */
  async ask(id) {
    const answer = this.#await(`43${id}[`);
    await this.#push(`42${id}["ping"]`);
    await answer;
  }

  leave() {
    this.ended = true;
    this.#agent.destroy();
  }
}

export class Pollers {
  #members = [];

  /** `onPacket` hears of all that arrives, at any of them. */
  constructor(onPacket = () => {}) {
    this.onPacket = onPacket;
  }

  /** Connects `count` users, and waits until all are authenticated. */
  async join(address, count, tokenOf) {
    const url = new URL(address);
    for (let from = 0; from < count; from += CONNECTING_AT_ONCE) {
      const batch = Array.from({ length: Math.min(CONNECTING_AT_ONCE, count - from) }, (_, index) => {
        const number = from + index;
        return new Poller(url, tokenOf(number), `127.0.1.${1 + (number % ADDRESSES)}`, this.onPacket);
      });
      this.#members.push(...batch);
      await Promise.all(batch.map((member) => member.join()));
    }
  }

  /** Every client asks `times` times, one after the other. */
  async ask(times) {
    for (let id = 0; id < times; id++) await Promise.all(this.#members.map((member) => member.ask(id)));
  }

  /** Throws if a client was lost: the figure would be for fewer. */
  demandAll() {
    const lost = this.#members.filter(({ failed }) => failed);
    if (lost.length > 0) throw new Error(`${lost.length} of ${this.#members.length} sessions were lost: ${lost[0].failed.message}`);
  }

  leave() {
    for (const member of this.#members.splice(0)) member.leave();
  }
}
