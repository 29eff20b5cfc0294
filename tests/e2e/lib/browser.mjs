// Debian's Chromium, driven by playwright-core, with a new profile each time.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
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

/**
 * A browser with a profile of its own; `options` are those of a playwright
 * context. An uncaught error in a page fails the test.
 */
export async function openBrowser(test, options = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'belfry-chromium-'));
  atEnd(test, () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    args: ARGUMENTS,
    ...options,
  });
  browser.setDefaultTimeout(DEADLINE_MS);
  const uncaught = [];
  browser.on('weberror', (error) => uncaught.push(error.error()));
  atEnd(test, async () => {
    await browser.close();
    if (uncaught.length > 0) throw uncaught[0];
  });
  return browser;
}
