// A Vite project with React, like a user's; it resolves both from the tests' own packages.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atEnd } from './end.mjs';
import { runProgram } from './program.mjs';

/** The folder of the tests' own packages; files below it can import them. */
export const modules = fileURLToPath(new URL('../node_modules/', import.meta.url));

/** An empty folder next to the tests' packages, removed when the test ends. */
export function folderAmongModules(t, name) {
  const folder = mkdtempSync(join(modules, name));
  atEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const PAGE = '<!doctype html><title>A page</title><link rel="icon" href="data:,"><div id="app"></div><script type="module" src="/main.jsx"></script>';

/** A folder with these files (text by name). */
export function makeProject(t, files) {
  const folder = folderAmongModules(t, '.belfry-page-');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Bundles it with Vite into dist/. */
export const bundle = (folder) =>
  runProgram(process.execPath, [join(modules, 'vite/bin/vite.js'), 'build', '--base', './'], { cwd: folder });

/** Bundles it into the site's folder `page`. */
export async function publish(site, folder) {
  const { code, stdout, stderr } = await bundle(folder);
  assert.equal(code, 0, stdout + stderr);
  cpSync(join(folder, 'dist'), join(site.folder, 'www/page'), { recursive: true });
}
