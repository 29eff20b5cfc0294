'use client';

import { useWebSocketConnection, useWebSocketNotifications } from 'belfry-client/react';

export function Bell() {
  const { state } = useWebSocketConnection();
  const {
    notifications, unreadCount, unseenCount, markAsRead, markUnread, markAllAsRead, markAllSeen, archive,
  } = useWebSocketNotifications();
  return (
    <details onToggle={({ target }) => target.open && unseenCount && markAllSeen()}>
      <summary title={state}>🔔 {unreadCount} unread{unseenCount > 0 && `, ${unseenCount} new`}</summary>
      <button onClick={() => markAllAsRead()} disabled={!unreadCount}>Mark all read</button>
      <ul>
        {notifications.map(({ id, title, body, read }) => (
          <li key={id}>
            <strong>{title}</strong> {body}{' '}
            {read
              ? <button onClick={() => markUnread(id)}>Mark “{title}” as unread</button>
              : <button onClick={() => markAsRead(id)}>Mark “{title}” as read</button>}{' '}
            <button onClick={() => archive(id)}>Archive “{title}”</button>
          </li>
        ))}
      </ul>
    </details>
  );
}
