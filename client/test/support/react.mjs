import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { JSDOM } from 'jsdom';

const PAGE = `
  export * as React from 'react';
  export { createRoot, hydrateRoot } from 'react-dom/client';
  export { renderToString } from 'react-dom/server';
  export * from '../../react/index.js';
  export { BelfryClient } from '../../src/index.js';
`;

/** The hooks bundled with one version of React, as for a page. */
async function bundle(version) {
  const folder = mkdtempSync(join(tmpdir(), 'belfry-react-'));
  const outfile = join(folder, 'page.mjs');
  await build({
    stdin: { contents: PAGE, resolveDir: new URL('.', import.meta.url).pathname },
    absWorkingDir: new URL('../..', import.meta.url).pathname,
    alias: { react: `react${version}`, 'react-dom': `react-dom${version}` },
    bundle: true, format: 'esm', platform: 'node', outfile, logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const page = await import(outfile);
  rmSync(folder, { recursive: true });
  return page;
}

/** React reads these once, when it is loaded, so they are shared by the whole test file. */
const { window } = new JSDOM('');
const globals = { window, document: window.document, navigator: window.navigator };
for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, configurable: true });
}
globalThis.IS_REACT_ACT_ENVIRONMENT = true;

/** Replaces Node's MessageChannel: React's `act` leaves many open, which would keep the test from ending. */
globalThis.MessageChannel = class {
  port1 = {};
  port2 = { postMessage: (data) => setImmediate(() => this.port1.onmessage({ data })) };
};

const bundles = new Map();

/** React of that version, and an element to render into. */
export async function reactPage(version) {
  if (!bundles.has(version)) bundles.set(version, await bundle(version));
  const root = window.document.createElement('main');
  window.document.body.append(root);
  return { ...bundles.get(version), root };
}
