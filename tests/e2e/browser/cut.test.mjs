// A network that lets no WebSocket through: the client falls back to the event stream,
// and returns to a WebSocket once one gets through.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openPages, startCutProxy } from '../harness.mjs';

const PAGE = `<!doctype html><title>A page</title><link rel="icon" href="data:,">
<script type="module">
  import { BelfryClient } from '/belfry/index.js';
  const client = new BelfryClient({ shared: new URLSearchParams(location.search).has('shared') });
  window.client = client;
  window.rung = [];
  window.said = [];
  client.on('notification', ({ title }) => rung.push(title));
  client.on('message', ({ content }) => said.push(content));
  client.connect();
</script>`;

const carriedBy = (tab, carrier) => tab.waitForFunction((each) => window.client?.carrier === each, carrier);
const rings = (tab, title) => tab.waitForFunction((each) => window.rung.includes(each), title);

/** alice's pages behind a proxy that refuses WebSockets. */
async function openCut(t) {
  const pages = await openPages(t, { 'page.html': PAGE });
  const proxy = await startCutProxy(t, pages.url);
  const open = async (name) => {
    const tab = await pages.browser.newPage();
    await tab.goto(new URL(name, proxy.url).href);
    return tab;
  };
  return { ...pages, proxy, open };
}

test('everything works without a WebSocket, and the client returns to one', async (t) => {
  const { site, proxy, open } = await openCut(t);
  await site.sql(`INSERT INTO conversations (id) VALUES ('tea');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'alice')`);
  const before = await site.insert('alice', 'Before');
  const tab = await open('page.html');
  await carriedBy(tab, 'events');
  assert.equal(proxy.passed, 0);
  await rings(tab, 'Before');
  await site.status(before, 'delivered');

  const one = await site.insert('alice', 'One');
  await rings(tab, 'One');
  await site.status(one, 'delivered');
  await tab.evaluate((id) => window.client.markNotificationsRead([id]), one);
  await site.status(one, 'read');
  await tab.waitForFunction(() => window.client.unreadCount === 1);

  await tab.evaluate(async () => {
    await window.client.subscribe('conversation:tea');
    await Promise.all(['a', 'b', 'c'].map((content) => window.client.sendMessage('tea', content)));
  });
  await tab.waitForFunction(() => window.said.length === 3);
  assert.deepEqual(await tab.evaluate(() => window.said), ['a', 'b', 'c']);
  // Judged by heartbeats as on a WebSocket; how good it is depends on how busy this machine is.
  await tab.waitForFunction(() => ['excellent', 'good'].includes(window.client.getStats().quality));

  proxy.cut = false;
  proxy.end();
  await carriedBy(tab, 'websocket');
  assert.equal(proxy.passed, 1);
  const two = await site.insert('alice', 'Two');
  await rings(tab, 'Two');
  await site.status(two, 'delivered');
  await tab.evaluate(() => window.client.sendMessage('tea', 'd'));
  await tab.waitForFunction(() => window.said.length === 4);
  assert.deepEqual(await tab.evaluate(() => window.rung), ['Before', 'One', 'Two']);

  // The WebSocket is cut, and it falls back once more, without losing what came meanwhile.
  proxy.cut = true;
  await site.insert('alice', 'Three');
  await carriedBy(tab, 'events');
  await rings(tab, 'Three');
});

test('a lost stream loses nothing and rings nothing twice', async (t) => {
  const { site, proxy, open } = await openCut(t);
  const tab = await open('page.html');
  await carriedBy(tab, 'events');
  const titles = [];
  for (let i = 1; i <= 12; i++) {
    titles.push(`No. ${i}`);
    await site.insert('alice', `No. ${i}`);
    if (i % 4 === 0) proxy.end();
  }
  for (const title of titles) await rings(tab, title);
  assert.deepEqual((await tab.evaluate(() => window.rung)).toSorted(), titles.toSorted());
  await eventually(async () => (await site.sql("SELECT count(*) AS n FROM notifications WHERE status = 'pending'"))[0]?.n === 0,
    'every notification delivered');
});

test('the token is renewed over the stream', async (t) => {
  const { open } = await openCut(t);
  const tab = await open('page.html');
  await carriedBy(tab, 'events');
  const events = await tab.evaluate(async () => {
    const { Connection } = await import('/belfry/connection.js');
    const connection = new Connection({ url: '/ws', events: '/events', token: '/api/websocket/auth' });
    const heard = [];
    const until = (name) => new Promise((resolve, reject) => {
      connection.on('event', (event) => event === name && resolve());
      connection.on('error', ({ code, message }) => code !== 'unreachable' && reject(new Error(message)));
    });
    connection.on('event', (event) => heard.push(event));
    const connected = until('connected');
    connection.connect();
    await connected;
    const refreshed = until('auth:refreshed');
    await connection.renew();
    await refreshed;
    const { carrier } = connection.stats();
    connection.disconnect();
    return { heard: heard.filter((event) => event === 'connected' || event === 'auth:refreshed'), carrier };
  });
  assert.deepEqual(events, { heard: ['connected', 'auth:refreshed'], carrier: 'events' });
});

test('tabs share one event stream', async (t) => {
  const { site, open } = await openCut(t);
  const tabs = [await open('page.html?shared'), await open('page.html?shared')];
  for (const tab of tabs) await carriedBy(tab, 'events');
  assert.equal(await site.metric('belfry_socketless_sessions'), 1);
  const id = await site.insert('alice', 'One');
  for (const tab of tabs) await rings(tab, 'One');
  await tabs[1].evaluate((each) => window.client.markNotificationsRead([each]), id);
  for (const tab of tabs) await tab.waitForFunction(() => window.client.unreadCount === 0);
  await tabs.shift().close();
  await site.insert('alice', 'Two');
  await rings(tabs[0], 'Two');
  await carriedBy(tabs[0], 'events');
});
