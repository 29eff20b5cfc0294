import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const path = (name) => new URL(name, import.meta.url).pathname;

function compile(project) {
  const compiler = path('../node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [compiler, '-p', project], { encoding: 'utf8' });
}

test('the types accept what pages write', () => {
  const { status, stdout } = compile(path('types'));
  assert.equal(status, 0, stdout);
});

/** A foreign project with the package installed, and React if `packages` says so. */
function startProject(t, compilerOptions, files, packages = []) {
  const folder = mkdtempSync(join(tmpdir(), 'belfry-types-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const installed = join(folder, 'node_modules/belfry-client');
  for (const part of ['package.json', 'src', 'react']) cpSync(path(`../${part}`), join(installed, part), { recursive: true });
  for (const name of packages) {
    mkdirSync(join(folder, 'node_modules', name, '..'), { recursive: true });
    symlinkSync(path(`../node_modules/${name}`), join(folder, 'node_modules', name));
  }
  const options = { noEmit: true, strict: true, skipDefaultLibCheck: true, target: 'es2022', types: [], ...compilerOptions };
  const config = { compilerOptions: options, files: Object.keys(files) };
  for (const [name, text] of Object.entries({ ...files, 'tsconfig.json': JSON.stringify(config), 'package.json': '{"type":"module"}' })) {
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const PAGE = `import { BelfryClient } from 'belfry-client';
import type { BelfryBell } from 'belfry-client/bell';
export const client = new BelfryClient();
export const bell: BelfryBell = document.createElement('belfry-bell');`;

const REACT_PAGE = `${PAGE}
import { useWebSocketMessages } from 'belfry-client/react';
export const Page = () => <p>{useWebSocketMessages(7).isLoading}<belfry-bell shared /></p>;`;

test('the package resolves without React, with moduleResolution node', (t) => {
  const { status, stdout } = compile(startProject(t, { module: 'esnext', moduleResolution: 'node' }, { 'page.ts': PAGE }));
  assert.equal(status, 0, stdout);
});

for (const [module, moduleResolution] of [['esnext', 'node'], ['esnext', 'bundler'], ['node16', 'node16']]) {
  test(`the package resolves with React, with moduleResolution ${moduleResolution}`, (t) => {
    const options = { module, moduleResolution, jsx: 'react-jsx' };
    const project = startProject(t, options, { 'page.tsx': REACT_PAGE }, ['@types/react', 'csstype']);
    const { status, stdout } = compile(project);
    assert.equal(status, 0, stdout);
  });
}
