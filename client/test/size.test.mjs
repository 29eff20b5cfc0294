import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** What a page that imports this has to load, as bundled. */
async function size(entry) {
  const { outputFiles } = await build({
    entryPoints: [new URL(`../${entry}`, import.meta.url).pathname],
    bundle: true, minify: true, format: 'esm', write: false, logLevel: 'error',
    // Fetched only by pages that ask for them.
    external: ['./shared.js', './stream.js', './debug.js'],
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

test('the client is under 12 KB gzipped', async () => {
  const octets = await size('src/index.js');
  assert.ok(octets < 12_000, `${octets} octets`);
});
