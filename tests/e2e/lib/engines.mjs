// What the queue can be in. A test that must hold for either is written once.

import { test } from 'node:test';
import { openSite } from './site.mjs';

export const ENGINES = ['sqlite', 'postgresql'];

/** Runs a test for each engine; `open(options)` is openSite for its test and engine. */
export function testEngines(name, body) {
  for (const engine of ENGINES) {
    const postgres = engine === 'postgresql';
    test(`${engine}: ${name}`, (t) => body(t, (options) => openSite(t, { postgres, ...options }), engine));
  }
}
