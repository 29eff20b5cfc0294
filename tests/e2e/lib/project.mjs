// A Vite project with React, as people have, that finds both where these tests have theirs.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atEnd } from './end.mjs';
import { runProgram } from './program.mjs';

/** Where the tests' own packages are; what lies in it finds them. */
export const modules = fileURLToPath(new URL('../node_modules/', import.meta.url));

/** An empty folder among the tests' packages, gone at the end. */
export function folderAmongModules(t, name) {
  const folder = mkdtempSync(join(modules, name));
  atEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const PAGE = '<!doctype html><title>A page</title><link rel="icon" href="data:,"><div id="app"></div><script type="module" src="/main.jsx"></script>';

/** A folder that holds these files (text by name). */
export function makeProject(t, files) {
  const folder = folderAmongModules(t, '.belfry-page-');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Has Vite bundle it into dist/. */
export const bundle = (folder) =>
  runProgram(process.execPath, [join(modules, 'vite/bin/vite.js'), 'build', '--base', './'], { cwd: folder });

/** Bundles it into the site's folder `page`. */
export async function publish(site, folder) {
  const { code, stdout, stderr } = await bundle(folder);
  assert.equal(code, 0, stdout + stderr);
  cpSync(join(folder, 'dist'), join(site.folder, 'www/page'), { recursive: true });
}
