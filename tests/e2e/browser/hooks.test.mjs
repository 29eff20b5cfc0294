// A page with a socket manager and React hooks written for another server, in Strict
// Mode: the hooks subscribe before there is a socket, and never again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documented, openPages, socketClient } from '../harness.mjs';
import { makeProject, PAGE, publish } from '../lib/project.mjs';

const [, AUTO] = /auto_subscribe = (.*)/.exec(documented('belfry-gateway.8', ['auto_subscribe']));

const FILES = {
  'package.json': '{"name":"page","private":true,"type":"module"}',
  'index.html': PAGE,
  'manager.js': `import { io } from 'socket.io-client';

export const manager = {
  socket: null,
  handlers: new Map(),

  async connect(onState) {
    const { token } = await (await fetch('/api/websocket/auth', { method: 'POST' })).json();
    this.socket = io({ auth: { token }, transports: ['websocket'], reconnectionDelayMax: 1000 });
    this.socket.on('connect', () => onState('connected'));
    this.socket.on('disconnect', () => onState('disconnected'));
    this.socket.onAny((event, data) => this.handlers.get(event)?.forEach((handler) => handler(data)));
  },

  on(event, handler) {
    if (!this.handlers.has(event)) this.handlers.set(event, new Set());
    this.handlers.get(event).add(handler);
    return () => this.handlers.get(event).delete(handler);
  },

  emit(event, data) {
    if (this.socket?.connected) this.socket.emit(event, data);
  },
};`,
  'hooks.js': `import { useEffect, useState } from 'react';
import { manager } from './manager.js';

function useTopic(topic, event, hear) {
  useEffect(() => {
    const off = manager.on(event, hear);
    manager.emit('subscribe', { topic });
    return () => {
      off();
      manager.emit('unsubscribe', { topic });
    };
  }, [topic]);
}

export function useWebSocketMessages(id) {
  const [messages, setMessages] = useState([]);
  useTopic('conversation:' + id, 'message', (message) => message.conversationId === id && setMessages((before) => [...before, message]));
  return messages;
}

export function useWebSocketNotifications() {
  const [notifications, setNotifications] = useState([]);
  useTopic('user:notifications', 'notification', (row) => setNotifications((before) => [...before, row]));
  return notifications;
}

export function usePresence() {
  const [online, setOnline] = useState({});
  useTopic('presence:updates', 'presence', ({ userId, isOnline }) => setOnline((before) => ({ ...before, [userId]: isOnline })));
  return online;
}`,
  'main.jsx': `import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { usePresence, useWebSocketMessages, useWebSocketNotifications } from './hooks.js';
import { manager } from './manager.js';

const Messages = ({ name }) => <section aria-label={name}>{useWebSocketMessages('tea').map(({ id, content }) => <p key={id}>{content}</p>)}</section>;
const Bell = () => useWebSocketNotifications().map(({ id, title }) => <p key={id}>{title}</p>);
const People = () => Object.entries(usePresence()).map(([user, online]) => <p key={user}>{user} is {online ? 'online' : 'away'}</p>);

let started = false;
function Page() {
  const [state, setState] = useState('connecting');
  const [two, setTwo] = useState(true);
  useEffect(() => {
    if (!started) manager.connect(setState);
    started = true;
  }, []);
  return <>
    <output>{state}</output>
    <button onClick={() => setTwo(false)}>Close the first</button>
    {two && <Messages name="first" />}<Messages name="second" /><Bell /><People />
  </>;
}
createRoot(document.getElementById('app')).render(<StrictMode><Page /></StrictMode>);`,
};

test('hooks for another server, in Strict Mode, receive everything: at first, after one is removed, and after a reconnect', async (t) => {
  const settings = { gateway: { auto_subscribe: AUTO, presence_grace: '300ms' } };
  const { site, open } = await openPages(t, {}, { settings });
  await publish(site, makeProject(t, FILES));
  site.configure({ gateway: { listen: site.address } });
  await site.sql("INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'alice'), ('tea', 'bob')");
  const say = (content) => site.sql(`INSERT INTO messages (conversation_id, sender_id, content) VALUES ('tea', 'bob', '${content}')`);
  const page = await open('page/index.html');
  const section = (name) => page.getByRole('region', { name });
  await page.getByText('bob is away').waitFor();
  await say('one');
  for (const name of ['first', 'second']) await section(name).getByText('one').waitFor();
  await site.insert('alice', 'Ring');
  await page.getByText('Ring').waitFor();

  await page.getByRole('button', { name: 'Close the first' }).click();
  await say('two');
  await section('second').getByText('two').waitFor();

  await site.gateway.kill();
  await page.getByText('disconnected').waitFor();
  await site.startGateway();
  await page.getByText('connected', { exact: true }).waitFor();
  await say('three');
  await section('second').getByText('three').waitFor();
  socketClient(t, site.url, { auth: { token: await site.token({ sub: 'bob' }) } });
  await page.getByText('bob is online').waitFor();
  await site.insert('alice', 'Ring again');
  await page.getByText('Ring again').waitFor();
  assert.deepEqual(await section('second').getByRole('paragraph').allTextContents(), ['one', 'two', 'three']);
});
