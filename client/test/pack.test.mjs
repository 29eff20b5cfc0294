// The package as a site installs it today: packed from this folder, as belfry-sites(7) says, with the
// component that is shown there.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { documented } from '../../tests/e2e/lib/manual.mjs';

const client = fileURLToPath(new URL('..', import.meta.url));

test('the package, packed and installed as the manual says, renders the component of the manual', async (t) => {
  const app = mkdtempSync(join(tmpdir(), 'belfry-app-'));
  t.after(() => rmSync(app, { recursive: true, force: true }));
  writeFileSync(join(app, 'package.json'), '{"name": "app", "private": true}');
  const install = documented('belfry-sites.7', ['npm pack'], { '/path/to/belfry/client': client, 'npm install': 'npm install --offline --no-audit --no-fund' });
  execFileSync('sh', ['-e', '-c', install], { cwd: app, stdio: 'pipe' });

  for (const name of ['react', 'react-dom']) symlinkSync(join(client, 'node_modules', `${name}19`), join(app, 'node_modules', name));
  writeFileSync(join(app, 'bell.jsx'), documented('belfry-sites.7', ["'use client'"]));
  writeFileSync(join(app, 'page.jsx'), `import { renderToString } from 'react-dom/server';
import { Bell } from './bell.jsx';
export const html = renderToString(<Bell />);`);
  const outfile = join(app, 'page.cjs');
  await build({ entryPoints: [join(app, 'page.jsx')], outfile, bundle: true, platform: 'node', format: 'cjs', jsx: 'automatic', logLevel: 'silent', preserveSymlinks: true });
  assert.match(createRequire(import.meta.url)(outfile).html, /^0(<!-- -->)? unread/);
});
