// What the queue can be in. As a rule, every test runs on each engine, in a run of its own:
// see dialect.mjs. What is about one engine alone is listed below, with the reason, or says
// so by onlyFiles(); what runs on each in the same run is defined by testEngines().
//
//     node tests/e2e/lib/engines.mjs FILE…
//
// prints those of these files of tests that run once more on PostgreSQL.

import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ON_POSTGRES } from './dialect.mjs';
import { openSite } from './site.mjs';

/** Tests that do not run once more on PostgreSQL, by the beginning of their files' names, and why. */
const ONCE = {
  'it is about the file': ['migration', 'migrate', 'replaced', 'rights', 'trust'],
  'it runs on both by itself, or on PostgreSQL alone': [
    'application', 'command', 'endpoint', 'gateways', 'metrics', 'postgres', 'publish', 'questions', 'sessions', 'authjs',
  ],
  'it is of sessions, tokens and web servers, and reads no queue': [
    'descriptors', 'frameworks', 'hints', 'http', 'mistakes', 'own-route', 'refusals', 'remote-user', 'servers', 'sites', 'tokens', 'wordpress',
  ],
  'it is of carriers and limits of one gateway, of which a balancer would hold a part back': [
    'connect', 'event-stream', 'inbox-slow', 'life', 'limits', 'pace', 'plain', 'polling',
  ],
  'it is of the browser, or of what the manual shows': [
    'browser', 'client.test', 'demo', 'hooks', 'manual', 'readme', 'surrogates', 'witness',
  ],
};

export const ENGINES = ['sqlite', 'postgresql'];

/** Runs a test for each engine; `open(options)` is openSite for its test and engine. */
export function testEngines(name, body) {
  for (const engine of ENGINES) {
    const postgres = engine === 'postgresql';
    test(`${engine}: ${name}`, (t) => body(t, (options) => openSite(t, { postgres, ...options }), engine));
  }
}

/** Defines a test that is about files; `reason` is for those who wonder why. */
export function onlyFiles(reason, name, ...rest) {
  if (!ON_POSTGRES) test(name, ...rest);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const begins = (file) => Object.values(ONCE).flat().some((name) => basename(file).startsWith(name));
  for (const file of process.argv.slice(2)) if (!begins(file)) console.log(file);
}
