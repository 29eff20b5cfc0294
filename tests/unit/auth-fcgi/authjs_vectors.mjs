// Makes authjs_vectors.h: session cookies as Auth.js v5, NextAuth v4 and jose
// themselves make them, each read back by the library that it is for.
//
//     npm install --legacy-peer-deps @auth/core@0.41 next-auth@4 jose@5
//     node authjs_vectors.mjs > authjs_vectors.h

import assert from 'node:assert/strict';
import { hkdfSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// Looked for where it is run, so that nothing has to be installed beside this file.
const require = createRequire(pathToFileURL(`${process.cwd()}/`));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const authjs = await load('@auth/core/jwt');
const nextauth = require('next-auth/jwt');
const jose = await load('jose');

const now = Math.floor(Date.now() / 1000);
const maxAge = 30 * 24 * 3600;
const secrets = ['the-first-secret-of-at-least-32-octets', 'the-second-secret-of-at-least-32-octets'];
const ada = { sub: 'u1', email: 'ada@example.com', name: 'Ada', role: 'admin' };
const unicode = { sub: 'ü-1', email: 'zoë@example.com', name: 'Zoë 🔔 Ångström' };
const long = { ...ada, picture: 'x'.repeat(6500) };
const byId = { id: 4711, name: 'Grace' };

/** As Auth.js would make it, were A256GCM what it writes and not only what it reads. */
async function encodeGcm(token, secret, salt) {
  const info = `Auth.js Generated Encryption Key (${salt})`;
  const key = new Uint8Array(hkdfSync('sha256', secret, salt, info, 32));
  const kid = await jose.calculateJwkThumbprint({ kty: 'oct', k: jose.base64url.encode(key) }, 'sha256');
  return new jose.EncryptJWT(token)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
    .setIssuedAt()
    .setExpirationTime(now + maxAge)
    .encrypt(key);
}

async function withoutKid(token, secret, salt) {
  const info = `Auth.js Generated Encryption Key (${salt})`;
  const key = new Uint8Array(hkdfSync('sha256', secret, salt, info, 64));
  return new jose.EncryptJWT(token)
    .setProtectedHeader({ alg: 'dir', enc: 'A256CBC-HS512' })
    .setExpirationTime(now + maxAge)
    .encrypt(key);
}

const v5 = (token, secret, salt) => authjs.encode({ token, secret, salt, maxAge });
const v4 = (token, secret) => nextauth.encode({ token, secret, maxAge });

const rows = [
  ['plain', 'authjs.session-token', 0, ada, v5],
  ['secure', '__Secure-authjs.session-token', 0, ada, v5],
  ['rotated', 'authjs.session-token', 1, ada, v5],
  ['unicode', 'authjs.session-token', 0, unicode, v5],
  ['long', 'authjs.session-token', 0, long, v5],
  ['by_id', 'authjs.session-token', 0, byId, v5],
  ['gcm', 'authjs.session-token', 0, ada, encodeGcm],
  ['gcm_rotated', 'authjs.session-token', 1, ada, encodeGcm],
  ['without_kid', 'authjs.session-token', 0, ada, withoutKid],
  ['without_kid_rotated', 'authjs.session-token', 1, ada, withoutKid],
  ['nextauth', 'next-auth.session-token', 0, ada, v4],
  ['nextauth_secure', '__Secure-next-auth.session-token', 0, unicode, v4],
  ['custom', 'shop.session', 0, ada, v5],
];

/** A C string literal; octets that are not ASCII in octal, which ends by itself. */
function quoted(text) {
  if (text === undefined) return 'NULL';
  const octets = [...Buffer.from(String(text))];
  const shown = octets.map((o) => (o < 0x20 || o > 0x7e ? `\\${o.toString(8).padStart(3, '0')}` : String.fromCharCode(o)));
  return `"${shown.join('')}"`.replace(/(.{1,4000})/g, '$1');
}

const lines = [];
for (const [label, cookie, secret, token, encode] of rows) {
  const value = await encode(token, secrets[secret], cookie);
  const isV4 = encode === v4;
  const read = isV4
    ? await nextauth.decode({ token: value, secret: secrets[secret] })
    : await authjs.decode({ token: value, secret: secrets[secret], salt: cookie });
  assert.equal(read.name, token.name);
  lines.push(
    `    {"${label}", "${cookie}", ${secret}, ${read.exp},`,
    `        ${quoted(token.sub ?? token.id)}, ${quoted(token.email)}, ${quoted(token.name)}, ${quoted(token.role)},`,
    ...value.match(/.{1,90}/g).map((part) => `        "${part}"`),
    '    },',
  );
}

process.stdout.write(`/* Session cookies as Auth.js, NextAuth and jose make them. Written by authjs_vectors.mjs. */
/* clang-format off */
#ifndef BELFRY_TESTS_AUTHJS_VECTORS_H
#define BELFRY_TESTS_AUTHJS_VECTORS_H

#include <stdint.h>

static const char *const vector_secrets[] = {
    "${secrets[0]}",
    "${secrets[1]}",
};

#define VECTORS_MADE_AT INT64_C(${now})

static const struct vector {
    const char *label;
    const char *cookie;
    int secret;
    int64_t exp;
    const char *sub;
    const char *email;
    const char *name;
    const char *role;
    const char *value;
} vectors[] = {
${lines.join('\n')}
};

#endif
`);
