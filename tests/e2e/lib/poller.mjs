// Engine.IO's long polling by hand, one request at a time: for what no real client
// does, and for what a real client does not let a test see.

import { fetchWithCookies } from './cookies.mjs';
import { atEnd } from './end.mjs';
import { within } from './wait.mjs';

const SEPARATOR = '\u001e';

/** The event that a packet holds, { name, data, id }, or undefined. */
export function eventOf(packet) {
  const match = packet.match(/^42(\d*)(\[.*)$/s);
  if (!match) return undefined;
  const [name, data] = JSON.parse(match[2]);
  return { name, data, id: match[1] || undefined };
}

export class Poller {
  #gone = new AbortController();
  #fetch = fetchWithCookies();

  constructor(test, url, { headers = {} } = {}) {
    this.address = `${url}/socket.io/?EIO=4&transport=polling`;
    this.headers = headers;
    this.bodies = []; // of packets, as they came
    atEnd(test, () => this.#gone.abort());
  }

  /** Any request of the session: { status, text, headers }. */
  async request(method, body, { signal, headers } = {}) {
    const address = this.sid ? `${this.address}&sid=${this.sid}` : this.address;
    const options = { method, body, headers: { ...this.headers, ...headers }, signal: signal ?? this.#gone.signal };
    const answer = await within(this.#fetch(address, options), () => `the answer to ${method} ${address}`);
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  }

  /** The session's open packet. */
  async open() {
    const { status, text } = await this.request('GET');
    if (status !== 200) throw new Error(`the handshake was answered ${status} ${text}`);
    const opened = JSON.parse(text.slice(1));
    this.sid = opened.sid;
    return opened;
  }

  /** The packets of the next body. */
  async poll(options) {
    const { status, text } = await this.request('GET', undefined, options);
    if (status !== 200) throw new Error(`a poll was answered ${status} ${text}`);
    const packets = text.split(SEPARATOR);
    this.bodies.push(packets);
    return packets;
  }

  async post(...packets) {
    const { status, text } = await this.request('POST', packets.join(SEPARATOR));
    if (status !== 200 || text !== 'ok') throw new Error(`a POST was answered ${status} ${text}`);
  }

  /** Polls, and answers heartbeats, until a body holds a packet that fits; returns the packet. */
  async packet(fits) {
    for (;;) {
      const packets = await this.poll();
      if (packets.includes('2')) await this.post('3');
      const found = packets.find(fits);
      if (found !== undefined) return found;
    }
  }

  /** The event with this name, once a body has brought it; the next GET is not sent yet. */
  async event(name, fits = () => true) {
    return eventOf(await this.packet((packet) => {
      const event = eventOf(packet);
      return event?.name === name && fits(event.data);
    }));
  }

  /** All events with this name that came, in order. */
  events(name) {
    return this.bodies.flat().map(eventOf).filter((event) => event?.name === name).map(({ data }) => data);
  }
}

/** A session of a user who is let in, and has been told so. */
export async function enterPolling(test, site, { user = 'alice', url = site.url, token, ...auth } = {}) {
  const poller = new Poller(test, url);
  await poller.open();
  await poller.post(`40${JSON.stringify({ token: token ?? (await site.token({ sub: user })), ...auth })}`);
  await poller.event('notification:unread_count');
  return poller;
}
