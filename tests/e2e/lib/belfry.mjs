// belfry-client, with just enough of a wrapper that a test can wait for its events.

import { WebSocket } from 'ws';
import { BelfryClient } from '../../../client/src/index.js';
import { fetchWithCookies } from './cookies.mjs';
import { atEnd } from './end.mjs';
import { Inbox } from './wait.mjs';

const HEARD = [
  'stateChange', 'connected', 'disconnected', 'notification', 'notifications', 'update', 'remove', 'unreadCount', 'read', 'unread',
  'error', 'heartbeat', 'message', 'typing', 'presence', 'maintenance', 'deploy:done', 'subscribed', 'userChange',
];

/** A WebSocket as in a network that lets none through. */
export class NoWebSocket {
  constructor() {
    setImmediate(() => this.onclose?.({ code: 1006, reason: '' }));
  }

  close() {}
}

/** A client of alice, and an inbox of its events; `unseen`: of those of unseen counts, too, which it then asks for. */
export async function startClient(t, site, { user = 'alice', unseen = false, ...options } = {}) {
  const client = new BelfryClient({
    url: `${site.url}/ws`,
    token: async () => ({ token: await site.token({ sub: user }), expiresIn: 3600 }),
    WebSocket,
    fetch: fetchWithCookies(),
    ...options,
  });
  const inbox = new Inbox('belfry-client');
  for (const name of unseen ? [...HEARD, 'unseenCount'] : HEARD) client.on(name, (value) => { inbox.put({ name, value }); });
  atEnd(t, () => client.disconnect());
  client.connect();
  const hear = async (name, fits = () => true) =>
    (await inbox.next((event) => event.name === name && fits(event.value), name)).value;
  const rung = () => inbox.all.filter(({ name }) => name === 'notification').map(({ value }) => value.title);
  return { client, hear, rung };
}
