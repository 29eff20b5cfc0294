// A client of the event stream, with just enough of a wrapper that a test can wait for
// what it receives.

import { EventParser } from '../../../client/src/sse.js';
import { fetchWithCookies } from './cookies.mjs';
import { atEnd } from './end.mjs';
import { Inbox } from './wait.mjs';

/** Opens a stream: { status, headers, body } where it is refused, else with next(event), post(frames) and leave(). */
export async function openStream(t, site, { token, headers = {}, query = '', url = site.url } = {}) {
  const ending = new AbortController();
  const inbox = new Inbox('the event stream');
  atEnd(t, () => ending.abort());
  const bearer = token ? { Authorization: `Bearer ${token}` } : {};
  const fetch = fetchWithCookies();
  const response = await fetch(`${url}/events${query}`, { headers: { ...bearer, ...headers }, signal: ending.signal });
  if (response.status !== 200) return { status: response.status, headers: response.headers, body: await response.json() };
  const parser = new EventParser((data, id) => inbox.put({ ...JSON.parse(data), eventId: id }));
  const stream = {
    status: 200,
    headers: response.headers,
    parser,
    inbox,
    next: (name) => inbox.next(({ event }) => event === name, name),
    leave: () => ending.abort(),
    /** Settles once the stream has ended. */
    ended: (async () => {
      try {
        for await (const part of response.body) parser.push(part);
      } catch (error) {
        if (error.name !== 'AbortError') inbox.put({ event: 'broken', error });
      }
      inbox.put({ event: 'end' });
    })(),
  };
  const first = await stream.next('connected');
  stream.session = first.data.session;
  stream.user = first.data.userId;
  stream.post = (frames, { as = token, with: more = {} } = {}) =>
    fetch(`${url}/events?session=${stream.session}`, {
      method: 'POST',
      headers: { ...(as ? { Authorization: `Bearer ${as}` } : {}), 'Content-Type': 'application/json', ...more },
      body: typeof frames === 'string' ? frames : JSON.stringify(frames),
    });
  return stream;
}
