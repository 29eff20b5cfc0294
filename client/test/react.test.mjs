import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeWebSockets } from './support/fake-websocket.mjs';
import { reactPage } from './support/react.mjs';

const note = (id, more) => ({ id: String(id), title: `title ${id}`, ...more });
const message = (id, more) => ({
  id: String(id), conversationId: 'c', senderId: 'bob', content: `words ${id}`, status: 'sent', ...more,
});

/** A component that uses `hook` and renders nothing; the hook's last value is `page.now`. */
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

/** Passes a value out of a component. */
let refresh;
let given;

/** Lets the zero-delay timers of React and the store run. */
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

  check('notifications are changed, taken out, put back and counted', async (t) => {
    const site = await rendered(t, version, (page) => page.useWebSocketNotifications());
    const { last } = site.sockets;
    const shown = () => site.now.notifications.map(({ id, title, read }) => [id, title, read]);
    let now = Date.now();
    t.mock.method(Date, 'now', () => now);
    const agree = async (event, run) => {
      // Not in one burst with the last one.
      now += 200;
      let done;
      await site.act(() => { done = run(); });
      await site.act(() => last.answer(event, { ok: true }));
      await done;
    };
    assert.equal(last.sent.find(({ event }) => event === 'auth').data.seen, true);
    await site.act(() => {
      for (const id of [1, 2, 3]) last.receive('notification', note(id));
      last.receive('notification:unread_count', 3);
      last.receive('notification:unseen_count', 2);
    });
    assert.deepEqual([site.now.unreadCount, site.now.unseenCount], [3, 2]);
    now += 200;
    await site.act(() => {
      last.receive('notification:update', note(1, { title: 'new', status: 'read' }));
      last.receive('notification:remove', { ids: ['3'], reason: 'deleted' });
    });
    assert.deepEqual(shown(), [['2', 'title 2', false], ['1', 'new', true]]);
    await agree('notification:mark_unread', () => site.now.markUnread('1'));
    await agree('notification:archive', () => site.now.archive(['2']));
    assert.deepEqual(shown(), [['1', 'new', false]]);
    await agree('notification:unarchive', () => site.now.unarchive('2'));
    assert.deepEqual(shown(), [['2', 'title 2', true], ['1', 'new', false]]);
    await agree('notification:mark_seen', () => site.now.markAllSeen());
    assert.equal(site.now.unseenCount, 0);
    assert.equal(site.now.hasMore, true);
    await site.act(() => { site.now.loadMore(); });
    await site.act(() => last.answer('notification:list', { ok: true, notifications: [], hasMore: false }));
    assert.equal(site.now.hasMore, false);
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

  check('a conversation without an id asks for nothing, one with a number is one', async (t) => {
    let id;
    const site = await rendered(t, version, (page) => {
      refresh = page.React.useState(0)[1];
      return { ...page.useWebSocketMessages(id), error2: page.useWebSocketConnection().error };
    });
    const { last } = site.sockets;
    assert.deepEqual([site.now.messages, site.now.isLoading, site.now.error], [[], false, null]);
    await assert.rejects(site.now.sendMessage('lost'), { code: 'no_conversation' });
    site.now.startTyping();
    assert.equal(last.count('subscribe') + last.count('message:history') + last.count('typing:start'), 0);
    id = 7;
    await site.act(() => refresh(1));
    assert.deepEqual(last.last('subscribe').data, { topic: 'conversation:7' });
    assert.equal(last.last('message:history').data.conversationId, '7');
    await site.act(() => last.answer('subscribe', { ok: true, topic: 'conversation:7' }));
    await site.act(() => last.answer('message:history', { ok: true, messages: [], hasMore: false }));
    await site.act(() => last.receive('message', message(1, { conversationId: '7' })));
    assert.deepEqual(shown(site.now), [['1', 'sent']]);
    id = null;
    await site.act(() => refresh(2));
    assert.deepEqual([site.now.messages, site.now.error, site.now.error2], [[], null, null]);
  });

  check('a conversation one was invited to late is heard once the gateway agrees', async (t) => {
    const site = await rendered(t, version, (page) => page.useWebSocketMessages('c'));
    const refused = { ok: false, code: 'forbidden', message: 'No member of this conversation' };
    await site.act(() => site.sockets.last.answer('subscribe', refused));
    await site.act(() => site.sockets.last.answer('message:history', refused));
    assert.equal(site.now.error.code, 'forbidden');
    const opened = site.sockets.opened.length;
    await site.act(() => site.sockets.last.end());
    while (site.sockets.opened.length === opened) await site.act(aMoment);
    await site.act(() => site.sockets.last.accept());
    await site.act(() => site.sockets.last.answer('message:history', { ok: true, messages: [message(1)], hasMore: false }));
    await site.act(() => site.sockets.last.answer('subscribe', { ok: true, topic: 'conversation:c' }));
    await site.act(() => site.sockets.last.receive('message', message(2)));
    assert.equal(site.now.error, null);
    assert.deepEqual(shown(site.now), [['1', 'sent'], ['2', 'sent']]);
  });

  check('what comes at once is rendered a few times, not each by itself', async (t) => {
    const site = await rendered(t, version, (page) => [page.useWebSocketNotifications(), page.useWebSocketMessages('c'), page.useWebSocketPresence()]);
    const before = site.renders;
    await site.act(async () => {
      for (let id = 1; id <= 500; id++) {
        site.sockets.last.receive('notification', note(id));
        site.sockets.last.receive('message', message(id));
        site.sockets.last.receive('presence', { userId: `user-${id}`, isOnline: true, lastSeen: null });
        // Each frame arrives in its own turn of the event loop, as in a browser.
        if (id % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    });
    const shownNow = () => {
      const [{ notifications, lastNotification }, { messages }, { users }] = site.now;
      return String([notifications.length, lastNotification?.id, messages.length, Object.keys(users).length]);
    };
    // What is merged follows within a tenth of a second.
    for (let turn = 0; turn < 400 && shownNow() !== '500,500,500,500'; turn++) await site.act(aMoment);
    assert.equal(shownNow(), '500,500,500,500');
    assert.ok(site.renders - before < 150, `${site.renders - before} renders`);
  });

  check('of another user nothing of the last one is shown, and what is looked at is asked for again', async (t) => {
    const site = await rendered(t, version, (page) => {
      given = page.useWebSocketClient();
      return { ...page.useWebSocketNotifications(), ...page.useWebSocketMessages('c'), ...page.useWebSocketPresence(), ...page.useWebSocketSystem() };
    });
    let { last } = site.sockets;
    await site.act(() => last.answer('message:history', { ok: true, messages: [message(1)], hasMore: false }));
    await site.act(() => {
      // More at once than are rendered one by one.
      for (let id = 1; id <= 6; id++) last.receive('notification', note(id));
      last.receive('notification:unread_count', 6);
      last.receive('presence', { userId: 'carol', isOnline: true, lastSeen: null });
      last.receive('system:maintenance', { message: 'For the staff' });
    });
    assert.equal(site.now.maintenanceMode, true);
    assert.equal(site.now.messages.length, 1);
    await site.act(() => given.disconnect());
    await site.act(() => { given.connect(); });
    await site.act(() => site.sockets.last.accept({ userId: 'bob' }));
    ({ last } = site.sockets);
    const { notifications, unreadCount, lastNotification, messages, users, maintenanceMode } = site.now;
    assert.deepEqual([notifications, unreadCount, lastNotification, messages, users, maintenanceMode], [[], 0, null, [], {}, false]);
    assert.ok(last.sent.some(({ event, data }) => event === 'message:history' && data.conversationId === 'c'));
    for (const topic of ['conversation:c', 'presence:updates']) {
      for (let turn = 0; turn < 5 && !last.sent.some(({ data }) => data?.topic === topic); turn++) {
        await site.act(() => last.answer('subscribe', { ok: true }));
      }
      assert.ok(last.sent.some(({ data }) => data?.topic === topic), topic);
    }
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

test('React 19: a topic that <Activity> hides and shows a hundred times is requested a few times, and subscribed at the end', async (t) => {
  const sockets = fakeWebSockets();
  const page = await reactPage(19);
  const { React, createRoot, WebSocketProvider, useWebSocketMessages } = page;
  let tokens = 0;
  const options = { url: 'ws://x/ws', token: () => (tokens++, { token: 't', expiresIn: 3600 }), WebSocket: sockets.WebSocket };
  let now;
  const Talk = () => {
    now = useWebSocketMessages('c');
    return null;
  };
  let setMode;
  const Page = () => {
    const [mode, set] = React.useState('visible');
    setMode = set;
    const hidden = React.createElement(React.Activity, { mode }, React.createElement(Talk));
    return React.createElement(React.StrictMode, null, React.createElement(WebSocketProvider, { options }, hidden, React.createElement(Talk)));
  };
  const root = createRoot(page.root);
  const act = (run) => React.act(async () => run?.());
  await act(() => root.render(React.createElement(Page)));
  t.after(() => act(() => root.unmount()));
  await act(() => sockets.last.accept());
  const { last } = sockets;
  for (let i = 0; i < 100; i++) {
    await act(() => setMode(i % 2 ? 'visible' : 'hidden'));
    await act(aMoment);
    for (const event of ['subscribe', 'message:history']) if (last.last(event)) last.answer(event, { ok: true, topic: 'conversation:c', messages: [], hasMore: false });
  }
  await act(() => last.receive('message', message(1)));
  assert.equal(now.messages.length, 1);
  assert.ok(last.count('subscribe') <= 3, `${last.count('subscribe')} joins`);
  assert.ok(last.count('message:history') <= 8, `${last.count('message:history')} histories`);
  assert.equal(last.sent.filter(({ event }) => /subscribe$/.test(event)).at(-1).event, 'subscribe');
  assert.ok(tokens <= 2, `${tokens} tokens`);
});

test('React 19: a page that <Activity> hides and shows again at once keeps its connection', async (t) => {
  const sockets = fakeWebSockets();
  const page = await reactPage(19);
  const { React, createRoot, WebSocketProvider, useWebSocketMessages } = page;
  let tokens = 0;
  const options = { url: 'ws://x/ws', token: () => (tokens++, { token: 't', expiresIn: 3600 }), WebSocket: sockets.WebSocket };
  const Talk = () => (useWebSocketMessages('c'), null);
  let setMode;
  const Page = () => {
    const [mode, set] = React.useState('visible');
    setMode = set;
    return React.createElement(React.Activity, { mode }, React.createElement(WebSocketProvider, { options }, React.createElement(Talk)));
  };
  const root = createRoot(page.root);
  const act = (run) => React.act(async () => run?.());
  await act(() => root.render(React.createElement(Page)));
  t.after(() => act(() => root.unmount()));
  for (let i = 0; i < 60; i++) {
    await act(() => setMode(i % 2 ? 'visible' : 'hidden'));
    await act(aMoment);
    if (sockets.last.readyState === 0) await act(() => sockets.last.accept());
  }
  assert.ok(tokens <= 4, `${tokens} tokens`);
  assert.equal(sockets.last.readyState, 1);
  assert.ok(sockets.opened.length <= 3);
});
