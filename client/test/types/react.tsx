// Compiled, never run: what a React page writes has these types.
import {
  WebSocketProvider,
  useWebSocket,
  useWebSocketMessages,
  useWebSocketNotifications,
  useWebSocketPresence,
} from 'belfry-client/react';

function Bell() {
  const { notifications, unreadCount, markAsRead } = useWebSocketNotifications();
  const { messages, sendMessage } = useWebSocketMessages('c');
  const { isOnline } = useWebSocketPresence(['bob']);
  const { connectionQuality, isConnected, client } = useWebSocket();
  // @ts-expect-error only text is sent
  sendMessage(7);
  return (
    <button onClick={() => markAsRead(notifications[0].id)} disabled={!isConnected}>
      {unreadCount} {connectionQuality} {messages[0]?.status} {String(isOnline('bob'))}
      {client.getState()}
    </button>
  );
}

export const page = (
  <WebSocketProvider options={{ shared: true }}>
    <Bell />
  </WebSocketProvider>
);
