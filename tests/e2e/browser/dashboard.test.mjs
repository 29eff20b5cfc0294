// The administrator's page, on `ops_listen`: it shows what /metrics says, as it changes, asks
// nobody else, and says when the gateway does not answer.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, openBrowser, openSite, plainClient, socketClient } from '../harness.mjs';

/** Pictures of it, where somebody wants to look: BELFRY_TEST_PICTURES=FOLDER. */
async function picture(page, name) {
  const folder = process.env.BELFRY_TEST_PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

async function openDashboard(test, site) {
  const browser = await openBrowser(test, { viewport: { width: 1280, height: 900 } });
  const page = await browser.newPage();
  const asked = [];
  const complaints = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
  await page.goto(`${site.ops}/`);
  return { page, asked, complaints };
}

test('it shows connections, deliveries and refusals as they happen, in light and dark and on a narrow screen', async (t) => {
  const site = await openSite(t);
  const { page, asked, complaints } = await openDashboard(t, site);
  const shows = (id, text) => page.locator(`#${id}`).filter({ hasText: text }).waitFor();
  await shows('state', /^Ready$/);
  await shows('connections', /^0$/);
  await page.getByText('Nothing has been refused').waitFor();
  await page.getByText('Nothing has been delivered in the last minutes').waitFor();

  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  const bob = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: 'bob' }) });
  await bob.event('connected');
  const mallory = plainClient(t, `${site.url}/ws`, { token: 'none' });
  await mallory.event('error');
  await shows('connections', /^2$/);
  await shows('users', /^2 users/);
  await page.locator('#refusals tr', { hasText: 'token_invalid' }).waitFor();

  for (let i = 0; i < 40; i++) await site.insert('alice', `Row ${i}`);
  await shows('delivered-total', /^40 since start$/);
  await shows('send-p99', /\d m?s$/);
  await shows('confirm-p99', /\d m?s$/);
  const latency = page.getByRole('img', { name: /^Latency of notifications: Sent, p50 / });
  await eventually(async () => /p99 [^–]*\d m?s/.test((await latency.getAttribute('aria-label')) ?? ''), 'the plot of latencies');
  assert.match(await page.locator('#version').textContent(), /^\d+\.\d+/);

  // The plots can be read by keyboard: an older moment has fewer connections.
  const connections = page.getByRole('img', { name: /^Connections by carrier and framing: WebSocket, Socket.IO 1,/ });
  await connections.waitFor();
  await picture(page, 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.match(ground, /^rgb\((\d|[1-4]\d), /, 'dark');
  await picture(page, 'dark');
  await page.setViewportSize({ width: 400, height: 800 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.equal(wide, 400, 'nothing stands out to the right');
  await picture(page, 'narrow');

  // Quantiles are Prometheus', and figures are in units for people.
  const figures = await page.evaluate(async () => {
    const { age, bytes, quantile, rate, seconds } = await import('./figures.js');
    const buckets = [[1, 10], [3, 30], [Infinity, 40]];
    return [quantile(buckets, 0.5), quantile(buckets, 0.99), quantile([[1, 0], [Infinity, 0]], 0.5), seconds(0.0004), seconds(0.0042), seconds(0.25), seconds(12.34),
      age(59), age(3700), age(200000), bytes(1023), bytes(1536), rate(0.25), rate(1234.5)];
  });
  assert.deepEqual(figures, [2, 3, null, '< 1 ms', '4.2 ms', '250 ms', '12.3 s', '59 s', '1 h 1 min', '2 d 7 h', '1,023 B', '1.5 KiB', '0.3', '1,235']);
  assert.deepEqual(complaints, []);
  assert.deepEqual(asked.filter((url) => !url.startsWith(`${site.ops}/`) && !url.startsWith('data:')), []);
});

test('it says why the gateway is not ready, and that it does not answer', async (t) => {
  const site = await openSite(t, { settings: { gateway: { drain: '8s' } } });
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  const bob = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: 'bob' }) });
  await bob.event('connected');
  const { page } = await openDashboard(t, site);
  await page.locator('#state', { hasText: 'Ready' }).waitFor();
  site.gateway.signal('SIGTERM');
  await page.locator('#state', { hasText: 'Draining' }).waitFor();
  assert.match(await page.getByRole('alert').textContent(), /closes its connections one after another/);
  await picture(page, 'draining');
  await site.gateway.line(/ ended$/);
  await page.locator('#state', { hasText: 'No answer' }).waitFor();
  assert.match(await page.getByRole('alert').textContent(), /^The gateway has not answered since /);
  await picture(page, 'silent');
});

test('no page of another site reads it', async (t) => {
  const site = await openSite(t);
  const answer = await fetch(`${site.ops}/`);
  assert.match(answer.headers.get('content-security-policy'), /^default-src 'none'; script-src 'self'; /);
  const { hostname, port } = new URL(site.ops);
  const { request } = await import('node:http');
  const status = (host) => new Promise((resolve, reject) => {
    request({ hostname, port, path: '/metrics', headers: { host } }, (got) => { got.resume(); resolve(got.statusCode); }).on('error', reject).end();
  });
  assert.equal(await status('evil.example'), 403);
  assert.equal(await status(`evil.example:${port}`), 403);
  assert.equal(await status(`localhost:${port}`), 200);
});
