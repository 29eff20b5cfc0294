// The demo and a browser, with helpers that many tests need.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { eventually, openBrowser, runProgram, startDemo } from '../harness.mjs';

/** Starts the demo and a browser; returns both, with the helpers. */
export async function startScene(t, options) {
  const { url, state } = await startDemo(t);
  const browser = await openBrowser(t, options);
  const belfry = async (...args) => {
    const { code, stdout, stderr } = await runProgram(join(state, 'belfry'), args);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };
  const scene = { url, state, browser };
  scene.run = (line) => runProgram('sh', ['-c', line]);
  scene.ring = (title, user = 'alice', ...options) => belfry('send', '--user', user, '--title', title, ...options);
  scene.status = async (id) => JSON.parse(await belfry('--json', 'queue', 'show', id)).status;
  scene.becomes = (id, status) =>
    eventually(async () => (await scene.status(id)) === status, `${id} to be ${status}`);
  scene.open = async () => {
    const page = await browser.newPage();
    await page.goto(url);
    return page;
  };
  scene.signIn = async (user) => {
    const page = await scene.open();
    await page.getByRole('button', { name: user }).click();
    await isConnected(page);
    return page;
  };
  return scene;
}

/** Waits until the status line at the top says this. */
export const stateLine = (page, text) => page.getByRole('status').getByText(text, { exact: true }).waitFor();
export const isConnected = (page) => stateLine(page, 'Connected');
export const notice = (page, title) => page.getByRole('list', { name: 'Notifications, newest first' })
  .getByRole('listitem').filter({ hasText: title });
export const unread = (page, count) => page.locator('#count', { hasText: new RegExp(`^${count}$`) }).waitFor();
