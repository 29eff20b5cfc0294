// Tokens behind nginx with 64 connections. The program that issues them has one core to itself; nginx and wrk have the
// others. If those are the bottleneck, the processor time for each token says more than the tokens a second.

import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EncryptJWT } from 'jose';
import { compare } from '../lib/compare.mjs';
import { processorSeconds } from '../lib/process.mjs';
import { withRig } from '../lib/rig.mjs';
import { wrk } from '../lib/wrk.mjs';

const CONNECTIONS = 64;
const SESSIONS = 1000;
const COOKIE = 'authjs.session-token';
const DAY_S = 86_400;

const person = (number) => ({ id: `user-${number}`, email: `user-${number}@example.org`, name: `User ${number}`, role: 'member' });
const people = Array.from({ length: SESSIONS }, (_, number) => person(number));

/** Creates sessions as rows; returns their cookies. */
function databaseCookies(rig) {
  const database = rig.open(rig.sessions);
  const addUser = database.prepare('INSERT INTO users (id, email, name, role) VALUES (@id, @email, @name, @role)');
  const addSession = database.prepare('INSERT INTO sessions (sessionToken, userId, expires) VALUES (?, ?, ?)');
  const expires = new Date(Date.now() + DAY_S * 1000).toISOString();
  return database.transaction(() =>
    people.map((user) => {
      const cookie = randomBytes(32).toString('base64url');
      addUser.run(user);
      addSession.run(cookie, user.id, expires);
      return cookie;
    }),
  )();
}

/** Derives the key of Auth.js v5's encrypted cookies. */
const cookieKey = (rig) =>
  Buffer.from(hkdfSync('sha256', rig.secret, COOKIE, `Auth.js Generated Encryption Key (${COOKIE})`, 64));

/** The same sessions as encrypted cookies, as Auth.js v5 writes them. */
function encryptedCookies(rig) {
  const key = cookieKey(rig);
  const jwk = JSON.stringify({ k: key.toString('base64url'), kty: 'oct' });
  const header = { alg: 'dir', enc: 'A256CBC-HS512', kid: createHash('sha512').update(jwk).digest('base64url') };
  return Promise.all(
    people.map(({ id, ...rest }) =>
      new EncryptJWT(rest).setSubject(id).setProtectedHeader(header).setIssuedAt().setExpirationTime('1d').encrypt(key),
    ),
  );
}

/** Asks `url` for tokens for that time: tokens a second, and seconds of the program's processor time for each. */
async function load(rig, url, pid, cookies, seconds) {
  const asking = { script: 'sessions.lua', argument: join(rig.folder, 'cookies'), connections: CONNECTIONS };
  writeFileSync(asking.argument, `${cookies.join('\n')}\n`);
  await wrk(rig, url, { ...asking, seconds: 1 });
  const before = processorSeconds(pid);
  const { requests, seconds: took } = await wrk(rig, url, { ...asking, seconds });
  return { rate: requests / took, cpu: (processorSeconds(pid) - before) / requests };
}

/** Measures both kinds of session, one after the other, with a program that already runs behind nginx. */
async function loadBoth(rig, url, pid, seconds) {
  const rows = await load(rig, url, pid, databaseCookies(rig), seconds);
  const encrypted = await load(rig, url, pid, await encryptedCookies(rig), seconds);
  return { rows: rows.rate, rowsCpu: rows.cpu, encrypted: encrypted.rate, encryptedCpu: encrypted.cpu };
}

const belfrySide = (seconds) => () =>
  withRig('auth', async (rig) => {
    const { pid } = await rig.startAuth();
    const { url } = await rig.startNginx('');
    return loadBoth(rig, `${url}/api/websocket/auth`, pid, seconds);
  });

const nodeSide = (seconds) => () =>
  withRig('auth-node', async (rig) => {
    const node = await rig.startNode('auth.mjs', [rig.sessions, cookieKey(rig).toString('base64url')]);
    const { url } = await rig.startNginx(
      `location = /node { proxy_pass ${node.url}; proxy_http_version 1.1; proxy_set_header Connection ""; }`,
    );
    return loadBoth(rig, `${url}/node`, node.pid, seconds);
  });

export async function auth(context) {
  const seconds = Math.max(1, Math.round(2 * context.scale));
  return [
    await compare(context, {
      title: 'Tokens behind nginx, 64 connections',
      columns: [
        { key: 'rows', label: 'tokens a second, sessions as rows', unit: 'count' },
        { key: 'rowsCpu', label: 'CPU of the program for each', unit: 'µs' },
        { key: 'encrypted', label: 'tokens a second, encrypted cookies', unit: 'count' },
        { key: 'encryptedCpu', label: 'CPU of the program for each', unit: 'µs' },
      ],
      sides: {
        belfry: { label: 'belfry-auth', measure: belfrySide(seconds) },
        node: { label: 'Node with jose and better-sqlite3', measure: nodeSide(seconds) },
      },
    }),
  ];
}
