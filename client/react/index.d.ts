import type { ReactNode } from 'react';
import '../src/bell.js';
import type {
  BelfryClient,
  BelfryError,
  Id,
  ListedNotification,
  Message,
  Notification,
  NotificationPage,
  Options,
  Presence,
  Quality,
  Session,
  State,
} from '../src/index.js';

export interface WebSocketProviderProps {
  /** A client that the page connects itself. */
  client?: BelfryClient<any>;
  /** Otherwise a client is created with these options, and connected while the provider is mounted. */
  options?: Options;
  children?: ReactNode;
}

export function WebSocketProvider(props: WebSocketProviderProps): ReactNode;

export function useWebSocketClient<Extra extends object = {}>(): BelfryClient<Extra>;

export interface Connection {
  state: State;
  isConnected: boolean;
  session: Session | null;
  /** The last error; null again once connected. */
  error: BelfryError | null;
  connect(): Promise<Session>;
  disconnect(): void;
}

export function useWebSocketConnection(): Connection;

export interface Notifications {
  /** Newest first. */
  notifications: readonly ListedNotification[];
  unreadCount: number;
  /** Unread and newer than the last `markAllSeen()`. */
  unseenCount: number;
  /** Whether `loadMore` would add older ones. */
  hasMore: boolean;
  /** The last notification that arrived while the component was mounted. */
  lastNotification: Notification | null;
  /** Takes effect at once; is undone, and rejects, if the gateway refuses. */
  markAsRead(ids: Id | number | (Id | number)[]): Promise<void>;
  markAllAsRead(): Promise<void>;
  markUnread(ids: Id | number | (Id | number)[]): Promise<void>;
  archive(ids: Id | number | (Id | number)[]): Promise<void>;
  unarchive(ids: Id | number | (Id | number)[]): Promise<void>;
  markAllSeen(): Promise<void>;
  loadMore(limit?: number): Promise<NotificationPage>;
}

export function useWebSocketNotifications(): Notifications;

export interface ShownMessage extends Omit<Message, 'status' | 'senderName'> {
  senderName?: string | null;
  status: 'sending' | 'sent' | 'failed';
}

export interface Messages {
  /** Oldest first; messages that are not stored yet come last. */
  messages: ShownMessage[];
  typingUsers: string[];
  hasMore: boolean;
  isLoading: boolean;
  error: BelfryError | null;
  /** Shown at once as `sending`; shown as `failed`, and rejects, if it fails. */
  sendMessage(content: string, more?: { metadata?: Record<string, unknown> }): Promise<void>;
  retryMessage(tempId: string): Promise<void>;
  loadOlder(): Promise<void>;
  /** Call it on every key press: it sends no more often than needed. */
  startTyping(): void;
  stopTyping(): void;
}

/** Without an id it requests nothing. */
export function useWebSocketMessages(conversationId: string | number | null | undefined): Messages;

export interface PresenceOfUsers {
  users: Record<string, Presence>;
  isOnline(userId: string | number): boolean;
}

export function useWebSocketPresence(userIds?: readonly (string | number)[]): PresenceOfUsers;

export interface System {
  connectionQuality: Quality;
  /** Milliseconds. */
  latency: number | null;
  /** From a broadcast `system:maintenance` until one with `{"enabled": false}`. */
  maintenanceMode: boolean;
  maintenance: any;
  systemUpdate: any;
}

export function useWebSocketSystem(): System;

export function useWebSocket(): { client: BelfryClient } & Connection & Notifications & System;
