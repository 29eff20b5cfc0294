// A refusal before the upgrade says what to do, in the response and in the log; repeated ones share
// a log line.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { openSite, plainClient, within } from './harness.mjs';

/** Sends a raw request; returns the whole response. */
function ask(url, text) {
  const { hostname, port } = new URL(url);
  return within(
    new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(Number(port), hostname, () => socket.write(text));
      socket.setEncoding('utf8').on('data', (part) => { answer += part; });
      socket.on('end', () => resolve(answer)).on('error', reject);
    }),
    () => 'an answer',
  );
}

const socketio = '/socket.io/?EIO=4&transport=websocket';
const HOST = 'Host: app.example\r\n';

/** Mistakes of a web server in front, or of a client; the status, and what body and log say. */
const mistakes = {
  'no Upgrade, Socket.IO': {
    request: `GET ${socketio} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
    status: 426, body: /no Upgrade, or the web server in front/,
    log: /426: .*nginx: proxy_http_version 1\.1; proxy_set_header Upgrade \$http_upgrade; proxy_set_header Connection "upgrade".*Apache httpd: upgrade=websocket.*lighttpd: proxy\.header/,
  },
  'no Upgrade, plain': {
    request: `GET /ws HTTP/1.1\r\n${HOST}\r\n`,
    status: 426, body: /no Upgrade/, log: /426: .*proxy_set_header Upgrade/,
  },
  'HTTP/1.0': {
    request: `GET ${socketio} HTTP/1.0\r\n${HOST}\r\n`,
    status: 505, body: /proxy_http_version 1\.1/, log: /505: .*proxy_http_version 1\.1/,
  },
  'another path': {
    request: `GET /elsewhere HTTP/1.1\r\n${HOST}\r\n`,
    status: 404, body: /Not found/, log: /404: .*neither socketio_path nor websocket_path/,
  },
  'a handshake of long polling by POST': {
    request: `POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n${HOST}Connection: close\r\nContent-Length: 0\r\n\r\n`,
    status: 400, body: /"code":2,"message":"Bad handshake method"/, log: /400: a session begins with a GET/,
  },
  'no query': {
    request: `GET /socket.io/ HTTP/1.1\r\n${HOST}\r\n`,
    status: 400, body: /Transport unknown/, log: /has to pass the query on/,
  },
  'a session of another server': {
    request: `GET ${socketio}&sid=abc HTTP/1.1\r\n${HOST}\r\n`,
    status: 400, body: /Session ID unknown/, log: /its session has ended, or belongs to another process/,
  },
};

for (const [what, { request, status, body, log }] of Object.entries(mistakes)) {
  test(`${what}: ${status}, with what to do, and one line for a hundred`, async (t) => {
    const site = await openSite(t);
    const answer = await ask(site.url, request);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
    const json = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
    assert.match(JSON.stringify(json), body);
    const [line] = await site.gateway.line(log);
    await Promise.all(Array.from({ length: 99 }, () => ask(site.url, request)));
    assert.equal(site.gateway.output.split(line).length - 1, 1);
  });
}

const upgrade = (origin) => `GET /ws HTTP/1.1\r\n${HOST}Origin: ${origin}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
  + 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

test('the setting that the log suggests for an Origin is valid', async (t) => {
  const site = await openSite(t);
  const origins = ['https://other.example', 'http://other.example:8080', 'capacitor://localhost', 'chrome-extension://abcdef'];
  const advised = [];
  for (const origin of origins) {
    assert.match(await ask(site.url, upgrade(origin)), /^HTTP\/1.1 403 /);
    const escaped = origin.replaceAll(/[/.]/g, '\\$&');
    const [, advice] = await site.gateway.line(new RegExp(`the Origin ${escaped} .*allowed_origins = (\\S+)`));
    advised.push(advice);
  }
  site.configure({ belfry: { allowed_origins: advised.join(', ') } });
  site.gateway.signal('SIGHUP');
  await site.gateway.line(/configuration read again/);
  for (const origin of origins) {
    const client = plainClient(t, `${site.url}/ws`, { headers: { origin }, token: await site.token() });
    await client.event('connected');
  }
});

test('no setting is suggested for an Origin that the configuration cannot allow', async (t) => {
  const site = await openSite(t);
  for (const origin of ['null', '*', 'app.example', 'https://other.example/', 'https://a.example,https://b.example', 'https://']) {
    assert.match(await ask(site.url, upgrade(origin)), /^HTTP\/1.1 403 /, origin);
  }
  await site.gateway.line(/the Origin is null: .*cannot be allowed: serve the page over http/);
  await site.gateway.line(/the Origin https:\/\/ is none that a browser gives/);
  assert.doesNotMatch(site.gateway.output, /allowed_origins =/);
  site.configure({ belfry: { allowed_origins: 'null' } });
  const { stderr, stdout } = await site.belfry(['status'], { status: 2 });
  assert.match(stderr + stdout, /sandboxed frame/);
});
