// Concurrent loops of requests, one request after the other in each, until stopped.

import { get as getByHttp } from 'node:http';
import { get as getByHttps } from 'node:https';
import { atEnd } from './end.mjs';
import { Inbox } from './wait.mjs';

/** A request over a new connection: { status, headers, body }, or { status: the error's code }. */
export function askOnce(url, { headers = {}, ...options } = {}) {
  return new Promise((resolve) => {
    const get = url.startsWith('https:') ? getByHttps : getByHttp;
    const request = get(url, { agent: false, headers, ...options }, async (response) => {
      let body = '';
      try {
        for await (const part of response.setEncoding('utf8')) body += part;
        resolve({ status: response.statusCode, headers: response.headers, body });
      } catch (error) {
        resolve({ status: error.code });
      }
    });
    request.on('error', (error) => resolve({ status: error.code }));
  });
}

/** Starts the loops. answers(n) waits for n more responses; stop() ends the loops and returns every status. */
export function startLoad(t, url, { loops = 8, headers }) {
  const inbox = new Inbox('the load');
  let going = true;
  const loop = async () => {
    while (going) inbox.put((await askOnce(url, { headers })).status);
  };
  const all = Promise.all(Array.from({ length: loops }, loop));
  const stop = async () => {
    going = false;
    await all;
    return inbox.all;
  };
  atEnd(t, stop);
  return {
    stop,
    async answers(count) {
      for (let n = 0; n < count; n++) await inbox.next();
    },
  };
}
