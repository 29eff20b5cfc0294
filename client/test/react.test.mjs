import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeWebSockets } from './support/fake-websocket.mjs';
import { reactPage } from './support/react.mjs';

const note = (id, more) => ({ id: String(id), title: `title ${id}`, ...more });
const message = (id, more) => ({
  id: String(id), conversationId: 'c', senderId: 'bob', content: `words ${id}`, status: 'sent', ...more,
});

/** One component that uses `hook` and shows nothing; what the hook gave last is `page.now`. */
async function render(t, version, hook, { strict = true } = {}) {
  const sockets = fakeWebSockets();
  const page = await reactPage(version);
  const { React, createRoot, WebSocketProvider } = page;
  const options = { url: 'ws://x/ws', token: () => ({ token: 't', expiresIn: 3600 }), WebSocket: sockets.WebSocket };
  const site = { ...page, sockets, options, renders: 0 };
  const Component = () => {
    site.now = hook(page);
    site.renders++;
    return null;
  };
  const inProvider = React.createElement(WebSocketProvider, { options }, React.createElement(Component));
  site.tree = strict ? React.createElement(React.StrictMode, null, inProvider) : inProvider;
  const root = createRoot(page.root);
  site.act = (run) => React.act(async () => run?.());
  site.unmount = () => site.act(() => root.unmount());
  await site.act(() => root.render(site.tree));
  t.after(() => site.unmount());
  return site;
}

async function rendered(t, version, hook, options) {
  const site = await render(t, version, hook, options);
  await site.act(() => {
    site.sockets.last.accept();
    site.sockets.last.answer('notification:list', { ok: true, notifications: [], hasMore: false });
  });
  return site;
}

/** Lets React's and the store's own zero timers run. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 5));

for (const version of [18, 19]) {
  const check = (name, run) => test(`React ${version}: ${name}`, run);

  check('the connection is made once, in Strict Mode too, and goes with the page', async (t) => {
    const site = await rendered(t, version, (page) => page.useWebSocketConnection());
    assert.equal(site.sockets.opened.length, 1);
    assert.equal(site.now.state, 'connected');
    assert.equal(site.now.session.userId, 'alice');
    await site.unmount();
    assert.equal(site.sockets.last.readyState, 3);
  });

  check('notifications are listed, and marked as read at once', async (t) => {
    const site = await rendered(t, version, (page) => page.useWebSocketNotifications());
    await site.act(() => {
      site.sockets.last.receive('notification', note(1));
      site.sockets.last.receive('notification:unread_count', 1);
    });
    assert.deepEqual(site.now.notifications.map(({ id, read }) => [id, read]), [['1', false]]);
    assert.equal(site.now.unreadCount, 1);
    assert.equal(site.now.lastNotification.id, '1');
    let marked;
    await site.act(() => { marked = site.now.markAsRead('1'); });
    assert.equal(site.now.unreadCount, 0);
    assert.equal(site.now.notifications[0].read, true);
    await site.act(() => site.sockets.last.answer('notification:mark_read', { ok: true }));
    await marked;
  });

  check('what is refused is taken back', async (t) => {
    const site = await rendered(t, version, (page) => page.useWebSocketNotifications());
    await site.act(() => {
      site.sockets.last.receive('notification', note(1));
      site.sockets.last.receive('notification:unread_count', 1);
    });
    let refused;
    await site.act(() => { refused = assert.rejects(site.now.markAllAsRead(), { code: 'unavailable' }); });
    await site.act(() => site.sockets.last.answer('notification:mark_all_read',
      { ok: false, code: 'unavailable', message: 'Later' }));
    await refused;
    assert.equal(site.now.unreadCount, 1);
    assert.equal(site.now.notifications[0].read, false);
  });

  const conversing = async (t) => {
    const site = await rendered(t, version, (page) => page.useWebSocketMessages('c'));
    const { last } = site.sockets;
    await site.act(() => last.answer('message:history', { ok: true, messages: [message(2), message(1)], hasMore: true }));
    await site.act(() => last.answer('subscribe', { ok: true, topic: 'conversation:c' }));
    return site;
  };
  const shown = ({ messages }) => messages.map(({ id, status }) => [id, status]);

  check('a conversation is loaded, oldest first, and grows', async (t) => {
    const site = await conversing(t);
    assert.deepEqual(shown(site.now), [['1', 'sent'], ['2', 'sent']]);
    assert.equal(site.now.hasMore, true);
    assert.equal(site.now.isLoading, false);
    await site.act(() => site.sockets.last.receive('message', message(10)));
    assert.deepEqual(shown(site.now).at(-1), ['10', 'sent']);
    await site.act(() => site.sockets.last.receive('message', message(11, { conversationId: 'other' })));
    assert.equal(site.now.messages.length, 3);
  });

  for (const first of ['the answer', 'the message']) {
    check(`a sent message is shown once, also where ${first} comes first`, async (t) => {
      const site = await conversing(t);
      const { last } = site.sockets;
      let sent;
      await site.act(() => { sent = site.now.sendMessage('hello'); });
      assert.equal(site.now.messages.at(-1).status, 'sending');
      const { tempId } = last.last('message:send').data;
      const steps = [
        () => last.answer('message:send', { ok: true, id: '3', timestamp: '2026-11-22T10:00:00.000Z' }),
        () => last.receive('message', message(3, { senderId: 'alice', tempId, content: 'hello' })),
      ];
      if (first === 'the message') steps.reverse();
      for (const step of steps) await site.act(step);
      await sent;
      assert.deepEqual(shown(site.now), [['1', 'sent'], ['2', 'sent'], ['3', 'sent']]);
    });
  }

  check('a message that was not stored is shown as failed, and can be sent again', async (t) => {
    const site = await conversing(t);
    const { last } = site.sockets;
    let failed;
    await site.act(() => { failed = assert.rejects(site.now.sendMessage('hello'), { code: 'unavailable' }); });
    const { tempId } = last.last('message:send').data;
    await site.act(() => last.answer('message:send', { ok: false, code: 'unavailable', message: 'Later' }));
    await failed;
    assert.equal(site.now.messages.at(-1).status, 'failed');
    let sent;
    await site.act(() => { sent = site.now.retryMessage(tempId); });
    assert.equal(last.last('message:send').data.tempId, tempId);
    await site.act(() => last.answer('message:send', { ok: true, id: '3', timestamp: 'now' }));
    await sent;
    assert.deepEqual(shown(site.now).at(-1), ['3', 'sent']);
  });

  check('typing comes and goes, and is said only now and then', async (t) => {
    const site = await conversing(t);
    const typing = (isTyping) => site.act(() =>
      site.sockets.last.receive('typing', { userId: 'bob', conversationId: 'c', isTyping }));
    await typing(true);
    await typing(true);
    assert.deepEqual(site.now.typingUsers, ['bob']);
    await typing(false);
    assert.deepEqual(site.now.typingUsers, []);
    for (let key = 0; key < 5; key++) site.now.startTyping();
    assert.equal(site.sockets.last.count('typing:start'), 1);
    site.now.stopTyping();
    site.now.stopTyping();
    assert.equal(site.sockets.last.count('typing:stop'), 1);
  });

  check('a conversation nobody looks at any more is left', async (t) => {
    const site = await conversing(t);
    const { last } = site.sockets;
    assert.equal(last.count('unsubscribe'), 0);
    const disconnect = t.mock.method(site.BelfryClient.prototype, 'disconnect', () => {});
    await site.unmount();
    await aMoment();
    assert.deepEqual(last.last('unsubscribe')?.data, { topic: 'conversation:c' });
    disconnect.mock.restore();
    disconnect.mock.calls[0].this.disconnect();
  });

  check('presence is asked for and follows', async (t) => {
    const site = await rendered(t, version, (page) => page.useWebSocketPresence(['bob', 'carol']));
    const { last } = site.sockets;
    assert.deepEqual(last.last('presence:get').data, { userIds: ['bob', 'carol'] });
    await site.act(() => last.answer('presence:get', {
      ok: true, users: [{ userId: 'bob', isOnline: true, lastSeen: null }],
    }));
    assert.equal(site.now.isOnline('bob'), true);
    assert.equal(site.now.isOnline('carol'), false);
    await site.act(() => last.receive('presence', { userId: 'bob', isOnline: false, lastSeen: 'now' }));
    assert.equal(site.now.isOnline('bob'), false);
  });

  check('maintenance is announced and ends', async (t) => {
    const site = await rendered(t, version, (page) => page.useWebSocketSystem());
    const say = (data) => site.act(() => site.sockets.last.receive('system:maintenance', data));
    assert.equal(site.now.maintenanceMode, false);
    await say({ message: 'At noon' });
    assert.equal(site.now.maintenanceMode, true);
    assert.equal(site.now.maintenance.message, 'At noon');
    await say({ active: false });
    assert.equal(site.now.maintenanceMode, false);
    await say({ enabled: true, message: 'Back at ten' });
    assert.equal(site.now.maintenanceMode, true);
    await say({ enabled: false });
    assert.equal(site.now.maintenanceMode, false);
    await site.act(() => site.sockets.last.receive('pong', {}));
    assert.equal(site.now.connectionQuality, 'excellent');
  });

  check('all handlers are taken away with the page', async (t) => {
    let handlers = 0;
    const site = await rendered(t, version, (page) => {
      const all = page.useWebSocket();
      if (!all.client.counted) {
        all.client.counted = true;
        const on = all.client.on.bind(all.client);
        all.client.on = (...names) => {
          const off = on(...names);
          handlers++;
          return () => (handlers--, off());
        };
      }
      page.useWebSocketMessages('c');
      page.useWebSocketPresence(['bob']);
      return all;
    }, { strict: false });
    assert.ok(handlers > 0);
    await site.unmount();
    await aMoment();
    assert.equal(handlers, 0);
  });

  check('a server renders it without connecting, and the page takes over', async (t) => {
    const sockets = fakeWebSockets();
    const page = await reactPage(version);
    const { React, renderToString, hydrateRoot, WebSocketProvider, useWebSocket } = page;
    const Bell = () => {
      const { unreadCount, state } = useWebSocket();
      return React.createElement('b', null, `${unreadCount} ${state}`);
    };
    const options = { url: 'ws://x/ws', token: () => 't', WebSocket: sockets.WebSocket };
    const tree = React.createElement(WebSocketProvider, { options }, React.createElement(Bell));
    page.root.innerHTML = renderToString(tree);
    assert.equal(page.root.textContent, '0 disconnected');
    assert.equal(sockets.opened.length, 0);
    const errors = t.mock.method(console, 'error', () => {});
    let root;
    await React.act(async () => { root = hydrateRoot(page.root, tree); });
    await React.act(async () => {
      sockets.last.accept();
      sockets.last.receive('notification:unread_count', 3);
    });
    assert.equal(page.root.textContent, '3 connected');
    assert.deepEqual(errors.mock.calls.map((call) => call.arguments), []);
    await React.act(async () => root.unmount());
  });

  check('a hook without a provider says what is missing', async () => {
    const { React, renderToString, useWebSocket } = await reactPage(version);
    assert.throws(() => renderToString(React.createElement(() => useWebSocket())), /WebSocketProvider/);
  });
}
