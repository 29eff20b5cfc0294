'use client';

import {
  createContext,
  createElement,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import { Burst } from '../src/burst.js';
import { BelfryClient } from '../src/index.js';
import { Conversation, noConversation } from './conversation.js';
import { PresenceStore } from './presence.js';
import { perClient } from './store.js';
import { SystemStore } from './system.js';
import { Tenure } from './tenure.js';

const ClientContext = createContext(null);

const systemOf = perClient((client) => new SystemStore(client));
const presenceOf = perClient((client) => new PresenceStore(client));
const conversationsOf = perClient(() => new Map());
const connectionOf = perClient((client) => new Tenure(() => connect(client), (run) => queueMicrotask(run)));

function connect(client) {
  client.connect();
  return () => client.disconnect();
}

/** One object for all components that use it; the id 7 is the id '7'. */
function conversationOf(client, id) {
  if (id === undefined || id === null || id === '') return noConversation;
  const conversations = conversationsOf(client);
  const name = String(id);
  if (!conversations.has(name)) conversations.set(name, new Conversation(client, name, conversations));
  return conversations.get(name);
}

/**
 * Gives the components below it a client: either `client`, which the page connects
 * itself, or one created with `options`, connected while this component is mounted.
 * On a server, nothing connects.
 */
export function WebSocketProvider({ client: given, options, children }) {
  const [own] = useState(() => given ?? new BelfryClient(options));
  const client = given ?? own;
  systemOf(client);
  useEffect(() => (given ? undefined : connectionOf(client).take()), [client, given]);
  return createElement(ClientContext.Provider, { value: client }, children);
}

/** The client itself, for everything that no hook does. */
export function useWebSocketClient() {
  const client = useContext(ClientContext);
  if (!client) throw new Error('There is no <WebSocketProvider> above this component');
  return client;
}

/** The result of `read`, read again after each of these events. */
function useValue(client, events, read, onServer) {
  const subscribe = useCallback(
    (changed) => {
      const offs = events.map((event) => client.on(event, changed));
      return () => offs.forEach((off) => off());
    },
    [client, events],
  );
  return useSyncExternalStore(subscribe, () => read(client), () => onServer);
}

function useStore(store) {
  return useSyncExternalStore(store.subscribe, store.get, store.get);
}

/** The hook itself shows the failure, so a caller that does not await the promise need not catch it. */
function handled(promise) {
  promise.catch(() => {});
  return promise;
}

const NONE = Object.freeze([]);
const STATE = ['stateChange'];
const SESSION = ['connected', 'userChange'];
const LIST = ['notifications'];
const COUNT = ['unreadCount'];
const UNSEEN = ['unseenCount'];
const QUALITY = ['heartbeat', 'stateChange', 'disconnected'];

export function useWebSocketConnection() {
  const client = useWebSocketClient();
  const [error, setError] = useState(null);
  useEffect(() => client.on('error', setError), [client]);
  useEffect(() => client.on('connected', () => setError(null)), [client]);
  const state = useValue(client, STATE, () => client.getState(), 'disconnected');
  const session = useValue(client, SESSION, () => client.session, null);
  const actions = useMemo(
    () => ({ connect: () => client.connect(), disconnect: () => client.disconnect() }),
    [client],
  );
  return { state, isConnected: state === 'connected', session, error, ...actions };
}

/** The last notification that arrived while the component was mounted. */
function useLast(client) {
  const [last, setLast] = useState(null);
  useEffect(() => {
    let latest = null;
    const burst = new Burst(() => setLast(latest));
    const show = (notification) => {
      latest = notification;
      burst.call();
    };
    // The next user sees nothing of the previous one, not even for the rest of a burst.
    const forget = () => {
      burst.stop();
      setLast(null);
    };
    const offs = [client.on('notification', show), client.on('userChange', forget)];
    return () => {
      burst.stop();
      offs.forEach((off) => off());
    };
  }, [client]);
  return last;
}

export function useWebSocketNotifications() {
  const client = useWebSocketClient();
  const lastNotification = useLast(client);
  const notifications = useValue(client, LIST, () => client.notifications, NONE);
  const hasMore = useValue(client, LIST, () => client.hasMore, true);
  const unreadCount = useValue(client, COUNT, () => client.unreadCount, 0);
  const unseenCount = useValue(client, UNSEEN, () => client.unseenCount, 0);
  const actions = useMemo(
    () => ({
      markAsRead: (ids) => handled(client.markNotificationsRead([ids].flat())),
      markAllAsRead: () => handled(client.markAllNotificationsRead()),
      markUnread: (ids) => handled(client.markNotificationsUnread([ids].flat())),
      archive: (ids) => handled(client.archiveNotifications([ids].flat())),
      unarchive: (ids) => handled(client.unarchiveNotifications([ids].flat())),
      markAllSeen: () => handled(client.markAllSeen()),
      loadMore: (limit) => handled(client.loadMore(limit)),
    }),
    [client],
  );
  return { notifications, hasMore, unreadCount, unseenCount, lastNotification, ...actions };
}

/** The same value for as long as the component is mounted, even if it is hidden in between. */
function useConversation(client, id) {
  const name = id === undefined || id === null ? '' : String(id);
  return useMemo(() => conversationOf(client, name), [client, name]);
}

export function useWebSocketMessages(conversationId) {
  const client = useWebSocketClient();
  const conversation = useConversation(client, conversationId);
  const actions = useMemo(
    () => ({
      sendMessage: (content, more) => handled(conversation.send(content, more)),
      retryMessage: (tempId) => handled(conversation.retry(tempId)),
      loadOlder: () => handled(conversation.loadOlder()),
      startTyping: () => conversation.startTyping(),
      stopTyping: () => conversation.stopTyping(),
    }),
    [conversation],
  );
  return { ...useStore(conversation), ...actions };
}

/** `users` by their ids. Those in `userIds` are requested; others are added when they change. */
export function useWebSocketPresence(userIds = NONE) {
  const presence = presenceOf(useWebSocketClient());
  const users = useStore(presence);
  const wanted = userIds.map(String).join('\n');
  useEffect(() => {
    if (wanted) presence.ask(wanted.split('\n'));
  }, [presence, wanted]);
  const isOnline = useCallback((id) => users[id]?.isOnline ?? false, [users]);
  return { users, isOnline };
}

export function useWebSocketSystem() {
  const client = useWebSocketClient();
  const { maintenance, systemUpdate } = useStore(systemOf(client));
  const connectionQuality = useValue(client, QUALITY, () => client.getStats().quality, 'unknown');
  const latency = useValue(client, QUALITY, () => client.getStats().latency, null);
  return { connectionQuality, latency, maintenanceMode: maintenance !== null, maintenance, systemUpdate };
}

/** Everything except conversations and presence, for a component that needs it all. */
export function useWebSocket() {
  const client = useWebSocketClient();
  return {
    client,
    ...useWebSocketConnection(),
    ...useWebSocketNotifications(),
    ...useWebSocketSystem(),
  };
}
