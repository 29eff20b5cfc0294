// A page with the bell, and what tests look for in it.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';
import { eventually } from '../harness.mjs';

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core')), 'utf8');

export const BELL = `<!doctype html><html lang="en"><title>A site</title><link rel="icon" href="data:,">
<script type="module" src="/belfry/bell.js"></script>
<main><h1>A site</h1><p>Words of the page</p><belfry-bell></belfry-bell></main>`;

export const bell = (page) => page.locator('belfry-bell');
export const button = (page) => bell(page).locator('#button');
export const panel = (page) => bell(page).locator('#panel');
export const isConnected = (page) => page.locator('belfry-bell[state="connected"]').waitFor();
/** Rows that are there to stay. */
export const rows = (page) => panel(page).locator('li:not([inert])');
export const row = (page, title) => panel(page).locator('li:not([inert])', { hasText: title });
export const titles = (page) => rows(page).locator('[part=title]').allTextContents();

/** Waits until exactly these rows are listed. */
export const lists = (page, ...expected) =>
  eventually(async () => String(await titles(page)) === String(expected), `the list to be ${expected}`);

/** The element that has the focus, also inside the bell's shadow root. */
export const focused = (page) => page.evaluate(() => {
  const { activeElement } = document.querySelector('belfry-bell').shadowRoot;
  return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? null;
});

export const isFocused = (page, name) => eventually(async () => (await focused(page)) === name, `the focus to be on ${name}`);

/** Presses Tab until the element of that name has the focus. */
export async function tabTo(page, name) {
  for (let steps = 0; steps < 12 && (await focused(page)) !== name; steps++) await page.keyboard.press('Tab');
  await isFocused(page, name);
}

/** Inserts rows in one transaction, as a program does. */
export const insertMany = (site, count, title) => site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
  INSERT INTO notifications (user_id, title, body) SELECT 'alice', '${title} ' || i, 'Words' FROM n`);

/** axe's rules that look at colours. The others find the same on a light page and on a dark one. */
const COLOR_RULES = ['color-contrast', 'link-in-text-block'];

/** axe's violations in the page's present state, by all of its rules or by those for colours only. */
export async function violationsOf(page, { onlyColors = false } = {}) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);
  const options = { resultTypes: ['violations'], ...(onlyColors && { runOnly: COLOR_RULES }) };
  return (await page.evaluate((given) => window.axe.run(document, given), options)).violations;
}

/** Fails where axe finds a violation in the page's present state. */
export async function check(page, state, options) {
  const violations = await violationsOf(page, options);
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message}`).join('; ')}`);
  assert.deepEqual(found, [], state);
}

/** For whoever looks: with BELFRY_SHOTS=FOLDER the tests leave pictures there. */
export const look = (page, name) => process.env.BELFRY_SHOTS && page.screenshot({ path: `${process.env.BELFRY_SHOTS}/${name}.png` });
