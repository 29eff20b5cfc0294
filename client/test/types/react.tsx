// Compiled, never run: what a React page writes has these types.
import { useRef } from 'react';
import type { BelfryBell } from 'belfry-client/bell';
import {
  WebSocketProvider,
  useWebSocket,
  useWebSocketMessages,
  useWebSocketNotifications,
  useWebSocketPresence,
} from 'belfry-client/react';

function Bell() {
  const { notifications, unreadCount, markAsRead } = useWebSocketNotifications();
  const { unseenCount, hasMore, markUnread, archive, unarchive, markAllSeen, loadMore } = useWebSocketNotifications();
  const actions = [markUnread('1'), archive([1, '2']), unarchive(3), markAllSeen(), hasMore && loadMore()];
  // @ts-expect-error one page at a time
  loadMore('all');
  const bell = useRef<BelfryBell>(null);
  const { messages, sendMessage } = useWebSocketMessages('c');
  useWebSocketMessages(7).loadOlder();
  useWebSocketMessages(undefined).isLoading;
  useWebSocketMessages(null);
  // @ts-expect-error not the id of a conversation
  useWebSocketMessages({});
  const { isOnline } = useWebSocketPresence(['bob']);
  const { connectionQuality, isConnected, client } = useWebSocket();
  // @ts-expect-error only text can be sent
  sendMessage(7);
  return (
    <button onClick={() => markAsRead(notifications[0].id)} disabled={!isConnected}>
      {unreadCount} {unseenCount} {actions.length} {connectionQuality} {messages[0]?.status} {String(isOnline('bob'))}
      {client.getState()}
      <belfry-bell auth="/auth" shared ref={bell} label="News" label-all="All read" data-test="bell" />
      {/* @ts-expect-error an element that nobody knows */}
      <belfry-bel />
    </button>
  );
}

export const page = (
  <WebSocketProvider options={{ shared: true }}>
    <Bell />
  </WebSocketProvider>
);
