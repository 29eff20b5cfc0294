import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('the types are those of what pages write', () => {
  const path = (name) => new URL(name, import.meta.url).pathname;
  const compiler = path('../node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', path('types')], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});
