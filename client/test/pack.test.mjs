// The package as a site installs it today: packed from this folder, as docs/nextjs.md says, with the
// component that is shown there; and what is in it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { shown } from '../../tests/e2e/lib/tutorial.mjs';

const client = fileURLToPath(new URL('..', import.meta.url));

test('the package, packed and installed as the tutorial says, renders its component', async (t) => {
  const app = mkdtempSync(join(tmpdir(), 'belfry-app-'));
  t.after(() => rmSync(app, { recursive: true, force: true }));
  writeFileSync(join(app, 'package.json'), '{"name": "app", "private": true}');
  const install = shown('docs/nextjs.md', 'sh', ['npm pack'], { '/path/to/belfry/client': client, 'npm install': 'npm install --offline --no-audit --no-fund' });
  execFileSync('sh', ['-e', '-c', install], { cwd: app, stdio: 'pipe' });

  for (const name of ['react', 'react-dom']) symlinkSync(join(client, 'node_modules', `${name}19`), join(app, 'node_modules', name));
  writeFileSync(join(app, 'bell.jsx'), shown('docs/nextjs.md', 'jsx', ["'use client'"]));
  writeFileSync(join(app, 'page.jsx'), `import { renderToString } from 'react-dom/server';
import { Bell } from './bell.jsx';
export const html = renderToString(<Bell />);`);
  const outfile = join(app, 'page.cjs');
  await build({ entryPoints: [join(app, 'page.jsx')], outfile, bundle: true, platform: 'node', format: 'cjs', jsx: 'automatic', logLevel: 'silent', preserveSymlinks: true });
  assert.match(createRequire(import.meta.url)(outfile).html, /^0(<!-- -->)? unread/);
});

const IMPORTS = /^(?:import|export)\b[^;]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;

/** Adds this module and all that it imports to `found`; packages that it imports, to `packages`. */
function follow(module, found, packages) {
  if (found.has(module)) return;
  found.add(module);
  for (const [, from, alone, dynamic] of readFileSync(join(client, module), 'utf8').matchAll(IMPORTS)) {
    const name = from ?? alone ?? dynamic;
    if (name.startsWith('.')) follow(join(dirname(module), name), found, packages);
    else packages.add(name);
  }
}

test('the package has what its exports need, with types, licence and readme, and nothing else', () => {
  const manifest = JSON.parse(readFileSync(join(client, 'package.json'), 'utf8'));
  const [{ files }] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: client, encoding: 'utf8', stdio: 'pipe' }));
  const wanted = new Set(['LICENSE', 'README.md', 'package.json']);
  const packages = new Set();
  for (const { types, default: module } of Object.values(manifest.exports)) {
    wanted.add(join(types));
    follow(join(module), wanted, packages);
  }
  assert.deepEqual(files.map(({ path }) => path).sort(), [...wanted].sort());
  assert.deepEqual([...packages], Object.keys(manifest.peerDependencies));
  for (const { path, mode } of files) assert.equal(mode, 0o644, path);
});
