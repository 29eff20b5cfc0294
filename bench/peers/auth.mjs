// What a web application would use instead of belfry-auth: a route in Node that looks
// up the session (better-sqlite3) or decrypts the cookie (jose), and signs a token
// (jose). It does nothing else, uses no framework, and derives its key once, whereas
// Auth.js does so for every request.

import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import Database from 'better-sqlite3';
import { jwtDecrypt, SignJWT } from 'jose';

const COOKIE = 'authjs.session-token';
const LIFETIME_S = 3600;

const [file, cookieKey] = process.argv.slice(2);
const secret = Buffer.from(process.env.SECRET);
const key = Buffer.from(cookieKey, 'base64url');
const database = new Database(file, { readonly: true, timeout: 2000 });
const find = database.prepare(
  `SELECT users.id, users.email, users.name, users.role, sessions.expires
     FROM sessions JOIN users ON users.id = sessions.userId WHERE sessions.sessionToken = ?`,
);

const headers = {
  'Content-Type': 'application/json',
  'Cache-Control': 'private, no-store',
  'X-Content-Type-Options': 'nosniff',
};

function cookieOf(request) {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (pair.slice(0, at).trim() === COOKIE) return pair.slice(at + 1).trim();
  }
  return '';
}

async function sessionOf(cookie) {
  if (!cookie.includes('.')) return find.get(cookie);
  const { payload } = await jwtDecrypt(cookie, key, {
    clockTolerance: 15,
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256CBC-HS512'],
  });
  return { ...payload, id: payload.sub, expires: new Date(payload.exp * 1000) };
}

async function onRequest(request, response) {
  const session = await sessionOf(cookieOf(request)).catch(() => undefined);
  const now = Math.floor(Date.now() / 1000);
  const end = session ? Math.min(now + LIFETIME_S, Math.floor(new Date(session.expires) / 1000)) : 0;
  if (end <= now) {
    response.writeHead(401, headers).end('{"error":"Unauthorized"}');
    return;
  }
  const { id, email, name, role } = session;
  const token = await new SignJWT({ email, name, role })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(id)
    .setIssuedAt(now)
    .setExpirationTime(end)
    .setJti(randomUUID())
    .sign(secret);
  response.writeHead(200, headers).end(JSON.stringify({ token, expiresIn: end - now, userId: id }));
}

const server = createServer(onRequest);
process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`));
