// The queue's engine in this run of tests. As a rule, every test runs on each engine:
// from a file, with one gateway, and with BELFRY_TEST_ENGINE=postgresql in PostgreSQL,
// with two gateways behind nginx. What is about one engine alone is listed below, with
// the reason, or says so by onlyFiles().
//
//     node tests/e2e/lib/engine.mjs FILE…
//
// prints those of these files of tests that run on both.

import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

export const ON_POSTGRES = process.env.BELFRY_TEST_ENGINE === 'postgresql';

/** Files of tests that run on SQLite's files alone, or by themselves on PostgreSQL, and why. */
const ONE_ENGINE = {
};

/** Defines a test that is about files; `reason` is for those who wonder why. */
export function onlyFiles(reason, name, ...rest) {
  if (!ON_POSTGRES) test(name, ...rest);
}

/** The words of SQL in which the engines differ. */
export const FILE_DIALECT = {
  /** Now, or with an offset such as '+1 minute'. */
  now: (offset = '+0 seconds') => `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '${offset}')`,
  /** A JSON array of these expressions. */
  jsonArray: (...values) => `json_array(${values.join(', ')})`,
};

export const POSTGRES_DIALECT = {
  now: (offset = '+0 seconds') => `(clock_timestamp() + interval '${offset}')`,
  jsonArray: (...values) => `jsonb_build_array(${values.join(', ')})`,
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of process.argv.slice(2)) if (!(basename(file) in ONE_ENGINE)) console.log(file);
}
