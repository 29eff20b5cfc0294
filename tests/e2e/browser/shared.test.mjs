// One connection for all tabs of a user: they receive the same, survive each other,
// and never receive another user's data.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openPages } from '../harness.mjs';

const SHARED = `<!doctype html><title>A tab</title><link rel="icon" href="data:,">
<script type="module">
  import { BelfryClient } from '/belfry/index.js';
  const client = new BelfryClient({ shared: true });
  window.client = client;
  window.rung = [];
  window.users = [];
  window.states = [];
  client.on('notification', ({ title }) => rung.push(title));
  client.on('userChange', ({ from, to }) => users.push([from, to]));
  client.on('stateChange', (state) => states.push(state));
  client.connect();
</script>`;

test('tabs share one connection, receive the same, and survive each other', async (t) => {
  const { site, open } = await openPages(t, { 'tab.html': SHARED });
  const tabs = [await open('tab.html'), await open('tab.html'), await open('tab.html')];
  const isConnected = (tab) => tab.waitForFunction(() => window.client?.getState() === 'connected');
  const heard = (tab, title) => tab.waitForFunction((each) => window.rung.includes(each), title);
  const count = (tab, number) => tab.waitForFunction((each) => window.client.unreadCount === each, number);
  for (const tab of tabs) await isConnected(tab);
  assert.equal(await site.metric('belfry_connections'), 1);

  const one = await site.insert('alice', 'One');
  for (const tab of tabs) await heard(tab, 'One');
  for (const tab of tabs) await count(tab, 1);
  await site.status(one, 'delivered');

  // Marking as read works in any tab, whichever of them has the connection.
  await tabs[1].evaluate((id) => window.client.markNotificationsRead([id]), one);
  const isRead = (tab) => tab.waitForFunction(() => window.client.notifications[0]?.read);
  for (const tab of tabs) await Promise.all([count(tab, 0), isRead(tab)]);
  assert.equal(await tabs[2].evaluate(() => window.client.requestNotificationCount()), 0);

  // When the leading tab closes, the others continue, with one connection.
  while (tabs.length > 1) {
    await tabs.shift().close();
    const title = `With ${tabs.length} left`;
    await site.insert('alice', title);
    for (const tab of tabs) await heard(tab, title);
    for (const tab of tabs) await isConnected(tab);
    await eventually(async () => (await site.metric('belfry_connections')) === 1, 'one connection');
  }
  assert.deepEqual(await tabs[0].evaluate(() => window.rung), ['One', 'With 2 left', 'With 1 left']);
  const late = await open('tab.html');
  await count(late, 2);
});

test('a topic is unsubscribed when the last tab that wants it unsubscribes', async (t) => {
  const { site, open } = await openPages(t, { 'tab.html': SHARED });
  await site.sql(`INSERT INTO conversations (id) VALUES ('tea');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'alice')`);
  const tabs = [await open('tab.html'), await open('tab.html'), await open('tab.html')];
  for (const tab of tabs) {
    await tab.waitForFunction(() => window.client?.getState() === 'connected');
    await tab.evaluate(async () => {
      window.said = [];
      window.client.on('message', ({ content }) => window.said.push(content));
      await window.client.subscribe('conversation:tea');
    });
  }
  const say = (content) => site.sql(`INSERT INTO messages (conversation_id, sender_id, content) VALUES ('tea', 'bob', '${content}')`);
  const heard = (tab, content) => tab.waitForFunction((each) => window.said.includes(each), content);
  await say('To all');
  for (const tab of tabs) await heard(tab, 'To all');

  await tabs[1].evaluate(() => window.client.unsubscribe('conversation:tea'));
  await tabs[2].close();
  await say('To who is left');
  await heard(tabs[0], 'To who is left');

  // The leading tab closes: the next one connects, with or without the topic, as its tabs want.
  await tabs[0].close();
  await tabs[1].waitForFunction(() => window.client.getState() === 'connected');
  await tabs[1].evaluate(() => window.client.subscribe('conversation:tea'));
  await say('To the last');
  await heard(tabs[1], 'To the last');
  assert.equal(await tabs[1].evaluate(() => new Set(window.said).size === window.said.length), true);
});

test('a tab that comes later gets what still stands on a topic, and no tab gets it twice', async (t) => {
  const { site, open } = await openPages(t, { 'tab.html': SHARED });
  const join = async () => {
    const tab = await open('tab.html');
    await isConnected(tab);
    await tab.evaluate(async () => {
      window.banners = [];
      window.client.on('banner', (data, { broadcastId, topic }) => window.banners.push(`${broadcastId} ${topic}`));
      await window.client.subscribe('public:news');
    });
    return tab;
  };
  const stand = () => site.sql(`INSERT INTO broadcasts (topic, event, expires_at) VALUES ('public:news', 'banner', '2099-01-01T00:00:00.000Z')`);
  const count = (tab, number) => tab.waitForFunction((each) => window.banners.length >= each, number);
  const first = await join();
  await stand();
  await count(first, 1);
  const second = await join();
  await count(second, 1);
  await stand();
  for (const tab of [first, second]) {
    await count(tab, 2);
    assert.deepEqual(await tab.evaluate(() => window.banners), ['1 public:news', '2 public:news']);
  }
  await first.close();
  await isConnected(second);
  await stand();
  await count(second, 3);
  assert.deepEqual(await second.evaluate(() => window.banners), ['1 public:news', '2 public:news', '3 public:news']);
});

test('what one tab or SQL changes in the list, every tab shows, and a new leader brings what was missed', async (t) => {
  const { site, open } = await openPages(t, { 'tab.html': SHARED });
  const tabs = [await open('tab.html'), await open('tab.html'), await open('tab.html')];
  for (const tab of tabs) await isConnected(tab);
  const ids = [];
  for (const title of ['One', 'Two', 'Three']) ids.push(await site.insert('alice', title));
  const [one, two, three] = ids;
  /** Of every tab: the titles, an asterisk behind those read, and the counts. */
  const all = async (shown, ...counts) => {
    const expected = JSON.stringify([shown.split(', '), ...counts]);
    for (const tab of tabs) {
      await tab.waitForFunction((each) => {
        const { notifications, unreadCount, unseenCount } = window.client;
        return JSON.stringify([notifications.map(({ title, read }) => title + (read ? '*' : '')), unreadCount, unseenCount]) === each;
      }, expected);
    }
  };
  await all('Three, Two, One', 3, 3);
  await tabs[1].evaluate((id) => window.client.archiveNotifications([id]), two);
  await all('Three, One', 2, 2);
  await tabs[2].evaluate((id) => window.client.unarchiveNotifications([id]), two);
  await all('Three, Two*, One', 2, 2);
  await tabs[0].evaluate((id) => window.client.markNotificationsUnread([id]), two);
  await all('Three, Two, One', 3, 2);
  await tabs[1].evaluate(() => window.client.markAllSeen());
  await all('Three, Two, One', 3, 0);
  await site.sql(`UPDATE notifications SET title = 'Two!' WHERE id = ${two}; DELETE FROM notifications WHERE id = ${one}`);
  await all('Three, Two!', 2, 0);

  await tabs.shift().close();
  await site.sql(`UPDATE notifications SET title = 'Three!', status = 'read' WHERE id = ${three}; DELETE FROM notifications WHERE id = ${two}`);
  await site.insert('alice', 'Four');
  await all('Four, Three!*', 1, 1);
  const late = await open('tab.html');
  await late.waitForFunction(() => window.client?.unseenCount === 1 && window.client.notifications[0]?.title === 'Four');
});

test('unseen counts reach the tab that uses them, whichever tab leads', async (t) => {
  const { site, open } = await openPages(t, { 'tab.html': SHARED });
  // One by one: the tab that uses them is the last in the queue for the lead.
  const tabs = [];
  for (let tab = 0; tab < 3; tab++) {
    tabs.push(await open('tab.html'));
    await isConnected(tabs.at(-1));
  }
  const unseen = (count) => tabs.at(-1).waitForFunction((each) => window.client.unseenCount === each, count);
  await site.insert('alice', 'One');
  await unseen(1);
  await tabs.shift().close();
  await site.insert('alice', 'Two');
  await unseen(2);
});

const isConnected = (tab) => tab.waitForFunction(() => window.client?.getState() === 'connected');
const heard = (tab, title) => tab.waitForFunction((each) => window.rung.includes(each), title);
const lists = (tab, title) => tab.waitForFunction(
  (each) => window.client?.notifications.some((listed) => listed.title === each), title);
const isOf = (tab, user) => tab.waitForFunction((each) => window.client?.session?.userId === each, user);
const titles = (tab) => tab.evaluate(() => window.client.notifications.map(({ title }) => title));

test('a tab of another user shows that user\'s data, and removes the previous user\'s', async (t) => {
  const { site, signIn, open } = await openPages(t, { 'tab.html': SHARED });
  await site.insert('alice', 'For alice');
  const [first, second] = [await open('tab.html'), await open('tab.html')];
  for (const tab of [first, second]) {
    await lists(tab, 'For alice');
    await tab.evaluate(() => window.client.subscribe('public:news'));
  }

  await signIn('bob');
  const late = await open('tab.html');
  await isOf(late, 'bob');
  await site.insert('bob', 'For bob');
  await heard(late, 'For bob');
  for (const tab of [first, second]) await lists(tab, 'For bob');
  assert.deepEqual(await late.evaluate(() => window.rung), ['For bob']);
  assert.deepEqual(await late.evaluate(() => window.users), []);
  for (const tab of [first, second]) {
    assert.deepEqual(await tab.evaluate(() => window.users), [['alice', 'bob']]);
    assert.deepEqual(await titles(tab), ['For bob']);
    await tab.waitForFunction(() => window.client.unreadCount === 1);
  }
  await eventually(async () => (await site.metric('belfry_connections')) === 1, 'one connection');

  await site.insert('alice', 'Secret');
  await site.insert('bob', 'And more for bob');
  for (const tab of [late, first, second]) {
    await heard(tab, 'And more for bob');
    assert.ok(!(await titles(tab)).includes('Secret'));
  }
});

test('two users in two tabs at once never receive each other\'s data', async (t) => {
  const page = SHARED.replace('shared: true', `shared: true, token: async () =>
    (await fetch('/token-' + new URLSearchParams(location.search).get('user') + '.txt')).text()`);
  const { site, write, open } = await openPages(t, { 'tab.html': page });
  for (const user of ['alice', 'bob']) write(`token-${user}.txt`, await site.token({ sub: user }));
  const alice = await open('tab.html?user=alice');
  await isOf(alice, 'alice');
  const bob = await open('tab.html?user=bob');
  await isOf(bob, 'bob');
  for (const user of ['alice', 'bob']) await site.insert(user, `For ${user}`);
  await heard(alice, 'For alice');
  await heard(bob, 'For bob');
  assert.deepEqual(await titles(alice), ['For alice']);
  assert.deepEqual(await titles(bob), ['For bob']);
  assert.equal(await site.metric('belfry_connections'), 2);
});

test('after signing out in one tab, all tabs clear what they showed', async (t) => {
  const { site, signIn, open } = await openPages(t, { 'tab.html': SHARED });
  await site.insert('alice', 'For alice');
  const first = await open('tab.html');
  await heard(first, 'For alice');
  await signIn(null);
  const second = await open('tab.html');
  for (const tab of [first, second]) {
    await tab.waitForFunction(() => window.client?.getState() === 'error');
    assert.deepEqual(await titles(tab), []);
  }
  assert.deepEqual(await first.evaluate(() => window.users), [['alice', null]]);

  await signIn('bob');
  const third = await open('tab.html');
  for (const tab of [first, second, third]) await isOf(tab, 'bob');
});

test('a leading tab that is frozen is replaced, and follows when it resumes', async (t) => {
  const { site, open } = await openPages(t, { 'tab.html': SHARED });
  const stuck = await open('tab.html');
  await isConnected(stuck);
  const others = [await open('tab.html'), await open('tab.html')];
  for (const tab of others) await isConnected(tab);

  const shown = stuck.waitForEvent('dialog');
  stuck.evaluate(() => window.alert('The page stands still')).catch(() => {});
  const dialog = await shown;
  await site.insert('alice', 'Meanwhile');
  for (const tab of others) await heard(tab, 'Meanwhile');

  await dialog.accept();
  await site.insert('alice', 'Afterwards');
  for (const tab of [stuck, ...others]) await heard(tab, 'Afterwards');
  for (const tab of [stuck, ...others]) {
    const rung = await tab.evaluate(() => window.rung);
    assert.equal(new Set(rung).size, rung.length);
  }
  await eventually(async () => (await site.metric('belfry_connections')) === 1, 'one connection');
});

test('a burst reaches the other tabs in a few messages', async (t) => {
  const { site, browser, open } = await openPages(t, { 'tab.html': SHARED });
  await browser.addInitScript(`window.posted = 0;
    const post = BroadcastChannel.prototype.postMessage;
    BroadcastChannel.prototype.postMessage = function (message) { window.posted++; return post.call(this, message); };`);
  const leading = await open('tab.html');
  await isConnected(leading);
  const other = await open('tab.html');
  await isConnected(other);
  const before = await leading.evaluate(() => window.posted);
  await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
    INSERT INTO notifications (user_id, title) SELECT 'alice', 'Row ' || i FROM n`);
  await heard(other, 'Row 1000');
  assert.equal(await other.evaluate(() => window.rung.length), 1000);
  const posted = (await leading.evaluate(() => window.posted)) - before;
  assert.ok(posted < 200, `${posted} messages for 1000 rows`);
});
