// Debian's Chromium without windows, driven by playwright-core. The tests of a file share
// its process; each has a context of its own: cookies, storage, workers, cache.

import { after } from 'node:test';
import { atEnd } from './end.mjs';
import { DEADLINE_MS } from './wait.mjs';

/** No sandbox, which does not work as root, and no requests but those of the test's pages. */
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The process, once a test has asked for it. */
let chromium;

async function launch() {
  // Only here: loading it takes longer than most tests, and most have no browser.
  const playwright = await import('playwright-core');
  return playwright.chromium.launch({ executablePath: '/usr/bin/chromium-headless-shell', args: ARGUMENTS });
}

after(async () => (await chromium)?.close());

/**
 * A browser that knows nothing of other tests; `options` are those of a playwright
 * context. An uncaught error in a page fails the test.
 */
export async function openBrowser(test, options = {}) {
  chromium ??= launch();
  const browser = await (await chromium).newContext(options);
  browser.setDefaultTimeout(DEADLINE_MS);
  const uncaught = [];
  browser.on('weberror', (error) => uncaught.push(error.error()));
  atEnd(test, async () => {
    await browser.close();
    if (uncaught.length > 0) throw uncaught[0];
  });
  return browser;
}
