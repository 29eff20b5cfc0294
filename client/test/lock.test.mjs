// The lock files must list the packages of other platforms, too, or `npm ci` fails there.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/** Where Node looks for `name` from the package at `path` of the lock file, nearest first. */
function* places(path, name) {
  for (let at = path; ; at = at.slice(0, at.lastIndexOf('/node_modules/'))) {
    yield `${at && `${at}/`}node_modules/${name}`;
    if (!at.includes('/node_modules/')) break;
  }
  if (path) yield `node_modules/${name}`;
}

for (const file of ['package-lock.json', 'examples/nextjs/package-lock.json', '../tests/e2e/package-lock.json']) {
  test(`${file} lists the packages of every platform`, () => {
    const { packages } = JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));
    const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => ![...places(path, name)].some((place) => packages[place]))
        .map((name) => `${name} of ${path || 'the project'}`));
    assert.deepEqual(missing, []);
  });
}
