'use client';

import { useWebSocketConnection, useWebSocketNotifications } from 'belfry-client/react';

export function Bell() {
  const { state } = useWebSocketConnection();
  const { notifications, unreadCount, markAsRead, markAllAsRead } = useWebSocketNotifications();
  return (
    <details>
      <summary title={state}>🔔 {unreadCount} unread</summary>
      <button onClick={() => markAllAsRead()} disabled={!unreadCount}>Mark all read</button>
      <ul>
        {notifications.map(({ id, title, body, read }) => (
          <li key={id}>
            <strong>{title}</strong> {body}{' '}
            {!read && <button onClick={() => markAsRead(id)}>Mark “{title}” as read</button>}
          </li>
        ))}
      </ul>
    </details>
  );
}
