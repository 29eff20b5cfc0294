import type { ReactNode } from 'react';
import '../src/bell.js';
import type {
  BelfryClient,
  BelfryError,
  Id,
  ListedNotification,
  Message,
  Notification,
  Options,
  Presence,
  Quality,
  Session,
  State,
} from '../src/index.js';

export interface WebSocketProviderProps {
  /** A client whose connection is the page's own business. */
  client?: BelfryClient<any>;
  /** Else one is made with these, connected while the provider is there. */
  options?: Options;
  children?: ReactNode;
}

export function WebSocketProvider(props: WebSocketProviderProps): ReactNode;

export function useWebSocketClient<Extra extends object = {}>(): BelfryClient<Extra>;

export interface Connection {
  state: State;
  isConnected: boolean;
  session: Session | null;
  /** The last one, null again once connected. */
  error: BelfryError | null;
  connect(): Promise<Session>;
  disconnect(): void;
}

export function useWebSocketConnection(): Connection;

export interface Notifications {
  /** Newest first. */
  notifications: readonly ListedNotification[];
  unreadCount: number;
  /** The last that came while the component was there. */
  lastNotification: Notification | null;
  /** Shown at once; rejects, and is taken back, if the gateway refuses. */
  markAsRead(ids: Id | number | (Id | number)[]): Promise<void>;
  markAllAsRead(): Promise<void>;
}

export function useWebSocketNotifications(): Notifications;

export interface ShownMessage extends Omit<Message, 'status' | 'senderName'> {
  senderName?: string | null;
  status: 'sending' | 'sent' | 'failed';
}

export interface Messages {
  /** Oldest first; those that are not stored yet last. */
  messages: ShownMessage[];
  typingUsers: string[];
  hasMore: boolean;
  isLoading: boolean;
  error: BelfryError | null;
  /** Shown at once as `sending`; rejects, and is shown as `failed`, if it is. */
  sendMessage(content: string, more?: { metadata?: Record<string, unknown> }): Promise<void>;
  retryMessage(tempId: string): Promise<void>;
  loadOlder(): Promise<void>;
  /** To be called on every key: said as often as it has to be. */
  startTyping(): void;
  stopTyping(): void;
}

/** Without an id, while none is chosen, it asks for nothing. */
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
  /** From a broadcast `system:maintenance` until one that says `{"enabled": false}`. */
  maintenanceMode: boolean;
  maintenance: any;
  systemUpdate: any;
}

export function useWebSocketSystem(): System;

export function useWebSocket(): { client: BelfryClient } & Connection & Notifications & System;
