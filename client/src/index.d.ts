/** Ids are decimal numbers in strings, longer than a JavaScript number holds. */
export type Id = string;

export type State = 'disconnected' | 'connecting' | 'connected' | 'reconnecting' | 'error';

/** What carries a connection: a WebSocket, or the event stream where none opens. */
export type Carrier = 'websocket' | 'events';

/** Judged by the last five heartbeats; `unknown` before the first. */
export type Quality = 'unknown' | 'poor' | 'good' | 'excellent';

export type Priority = 'low' | 'normal' | 'high' | 'urgent';

export interface Session {
  userId: string;
  userEmail: string | null;
  sessionExpiresAt: string;
  serverTime: string;
  /** When it changes, ids from before mean nothing any more. */
  queue: string;
}

export interface Notification<Data = Record<string, unknown>> {
  id: Id;
  type: string;
  title: string;
  body: string;
  /** ISO 8601 */
  timestamp: string;
  priority: Priority;
  data: Data;
  /** It was due before this connection began: list it, but do not alert the user. */
  replayed?: boolean;
}

export type NotificationStatus = 'pending' | 'delivered' | 'read' | 'expired' | 'cancelled' | 'failed';

export interface ListedNotification<Data = Record<string, unknown>> extends Notification<Data> {
  read: boolean;
  /** As the gateway said, or as this page has changed it; `delivered` if it was just pushed. */
  status: NotificationStatus;
  /** These four as the gateway said last; not set by what this page itself has just done. */
  readAt?: string | null;
  seenAt?: string | null;
  archivedAt?: string | null;
  /** When its content was changed. */
  updatedAt?: string | null;
}

export interface Removal {
  ids: Id[];
  /** `gone`: no longer in the user's list when the client asked for it, after a reconnect for example. */
  reason: 'deleted' | 'cancelled' | 'expired' | 'archived' | 'gone';
}

export interface NotificationPage {
  notifications: ListedNotification[];
  hasMore: boolean;
}

export interface Message<Metadata = Record<string, unknown>> {
  id: Id;
  conversationId: string;
  senderId: string;
  senderName: string | null;
  content: string;
  metadata?: Metadata;
  /** ISO 8601 */
  timestamp: string;
  /** The sender's own name for it, from before it had an id. */
  tempId?: string;
  status: 'sent';
}

export interface Typing {
  userId: string;
  conversationId: string;
  isTyping: boolean;
}

export interface Presence {
  userId: string;
  isOnline: boolean;
  lastSeen: string | null;
}

export interface Heartbeat {
  /** Round trip, in milliseconds. */
  latency: number;
  quality: Quality;
}

/** A frame that was sent or received; tokens are left out. */
export interface Frame {
  direction: 'in' | 'out';
  /** Characters. */
  size: number;
  event?: string;
  id?: number;
  ack?: number;
  data?: unknown;
  /** Of a broadcast. */
  broadcastId?: Id;
  topic?: string;
}

export interface Stats {
  /** null while not connected. */
  carrier: Carrier | null;
  /** Connections made since the client was created. */
  connections: number;
  /** Frames. */
  received: number;
  sent: number;
  /** Milliseconds; null before the first heartbeat. */
  latency: number | null;
  quality: Quality;
  /** Milliseconds; 0 while not connected. */
  uptime: number;
}

/** The client's own codes; those of the gateway are passed on unchanged. */
export type ErrorCode =
  | 'bad_address'
  | 'connection_lost'
  | 'disconnected'
  | 'origin_refused'
  | 'offline'
  | 'queue_full'
  | 'session_revoked'
  | 'timeout'
  | 'token_unavailable'
  | 'unauthorized'
  | 'unreachable'
  | 'user_changed'
  | 'no_conversation'
  | (string & {});

export class BelfryError extends Error {
  constructor(code: ErrorCode, message: string, details?: object);
  readonly code: ErrorCode;
  /** The event that was refused. */
  readonly event?: string;
  /** The topic that was refused or has ended. */
  readonly topic?: string;
  /** HTTP status of the token endpoint. */
  readonly status?: number;
}

export type Token = string | { token: string; expiresIn?: number };

export interface Options {
  /** Address or path of the gateway: `/ws`. */
  url?: string;
  /** Address of the token endpoint, `/api/websocket/auth`, or a function that returns a token. */
  token?: string | (() => Token | Promise<Token>);
  /**
   * Path on the gateway's site, or address, of the event stream, for where no WebSocket opens:
   * `/events`; null: no fallback.
   */
  events?: string | null;
  /** Notifications are `delivered` once the handlers have run; false: once the browser has them. */
  ack?: boolean;
  /** False: no subscriptions except those asked for. */
  subscribe?: boolean;
  /** How many events to keep while there is no connection: 0. */
  queue?: number;
  /** One connection for all tabs, where the browser supports it. */
  shared?: boolean;
  WebSocket?: typeof WebSocket;
  fetch?: typeof fetch;
}

export interface Events {
  stateChange: (state: State) => unknown;
  connected: (session: Session) => unknown;
  disconnected: (why: { code: number; reason: string }) => unknown;
  /** Promises are awaited before the row is confirmed, for up to 10 s. */
  notification: (notification: Notification) => unknown;
  /** The list has changed, or `hasMore`. */
  notifications: (list: readonly ListedNotification[]) => unknown;
  /** Its content was changed: show that, but do not alert the user. */
  update: (notification: ListedNotification) => unknown;
  /** Deleted, cancelled or expired in the table, or archived elsewhere. */
  remove: (removal: Removal) => unknown;
  unreadCount: (count: number) => unknown;
  /** The gateway sends this count once the event has a handler or the property was read. */
  unseenCount: (count: number) => unknown;
  /** Read on another connection of the user, or by SQL. */
  read: (ids: Id[]) => unknown;
  /** Marked as unread on another connection of the user, or by SQL. */
  unread: (ids: Id[]) => unknown;
  /** `broadcast`: only if the message is a row of the table `broadcasts`. */
  message: (message: Message, broadcast?: Broadcast) => unknown;
  typing: (typing: Typing) => unknown;
  presence: (presence: Presence) => unknown;
  maintenance: (data: any, broadcast: Broadcast) => unknown;
  systemUpdate: (data: any, broadcast: Broadcast) => unknown;
  heartbeat: (heartbeat: Heartbeat) => unknown;
  /** The user has changed (`to` is null: nobody is signed in). The client has dropped everything of the previous one. */
  userChange: (change: { from: string; to: string | null }) => unknown;
  /** The gateway has agreed to a subscription, for the first time or again. */
  subscribed: (subscription: { topic: string }) => unknown;
  error: (error: BelfryError) => unknown;
  wire: (frame: Frame) => unknown;
}

/** Which broadcast an event is. Each is emitted once, even if the gateway sends it again after a reconnect. */
export interface Broadcast {
  broadcastId: Id;
  /** As in its row: `*`, `public:news`, `user:alice:notifications`. */
  topic: string;
}

/**
 * The application's broadcasts by name, for all clients of a project:
 *
 *     declare module 'belfry-client' {
 *       interface Broadcasts { restocked: { sku: string } }
 *     }
 */
export interface Broadcasts {}

/** A broadcast that is not declared has a colon in its name, which the library's events do not have. */
export type BroadcastName = `${string}:${string}`;

/** The library's own events, and broadcasts with the data that `Extra` and `Broadcasts` declare. */
export type EventsWith<Extra> = Events & {
  [Name in keyof (Extra & Broadcasts)]: (data: (Extra & Broadcasts)[Name], broadcast: Broadcast) => unknown;
};

export interface SendOptions {
  /** Milliseconds to wait for the answer: 10,000. */
  timeout?: number;
  /** Overrides the option of the client. */
  queue?: number;
}

/** `Extra`: data of broadcasts by name, `new BelfryClient<{ restocked: { sku: string } }>()`. */
export class BelfryClient<Extra extends object = {}> {
  constructor(options?: Options);

  /** Resolves with the data of `connected`; stays pending while there is no connection. */
  connect(): Promise<Session>;
  disconnect(): void;
  getState(): State;
  getStats(): Stats;
  /** Sends a heartbeat now. While waiting to reconnect, reconnects now. */
  ping(): void;

  readonly session: Session | null;
  /** null while not connected. */
  readonly carrier: Carrier | null;
  /** Why there is no connection, if that is known. */
  readonly trouble: BelfryError | null;
  /** Newest first, at most 500; a new array after each change, in which a row that did not change is the same object. */
  readonly notifications: readonly ListedNotification[];
  /** Whether `loadMore` would add older ones to the list. */
  readonly hasMore: boolean;
  readonly unreadCount: number;
  /** How many of the unread ones came after the last `markAllSeen()`; 0 until the gateway has said. */
  readonly unseenCount: number;

  /** Returns a function that removes the handler. */
  on<Name extends keyof EventsWith<Extra>>(name: Name, handler: EventsWith<Extra>[Name]): () => void;
  on(name: BroadcastName, handler: (data: any, broadcast: Broadcast) => unknown): () => void;
  once<Name extends keyof EventsWith<Extra>>(name: Name, handler: EventsWith<Extra>[Name]): () => void;
  once(name: BroadcastName, handler: (data: any, broadcast: Broadcast) => unknown): () => void;
  off<Name extends keyof EventsWith<Extra>>(name: Name, handler: EventsWith<Extra>[Name]): void;
  off(name: BroadcastName, handler: (data: any, broadcast: Broadcast) => unknown): void;

  /**
   * Lasts over reconnects; resolves once the gateway has agreed and, for a conversation, the place in
   * it is known, so that nothing is missed from then on; rejects if it refuses. Calls are
   * counted: the topic is left once `unsubscribe` has been called as often. `since`: the last
   * message of a conversation, or the last broadcast of another topic, that the page has.
   */
  subscribe(topic: string, options?: { since?: Id | number }): Promise<any>;
  unsubscribe(topic: string): Promise<void>;
  /** Resolves with the data of the acknowledgement. */
  send(event: string, data?: unknown, options?: SendOptions): Promise<any>;

  /** This and the next five take effect at once; they are undone, and reject, if the gateway refuses. */
  markNotificationsRead(ids: readonly (Id | number)[]): Promise<void>;
  markAllNotificationsRead(): Promise<void>;
  markNotificationsUnread(ids: readonly (Id | number)[]): Promise<void>;
  /** Takes them out of the list, and marks them as read. */
  archiveNotifications(ids: readonly (Id | number)[]): Promise<void>;
  unarchiveNotifications(ids: readonly (Id | number)[]): Promise<void>;
  /** The user has looked at the list: what is in it stays unread, but is no longer unseen. */
  markAllSeen(): Promise<void>;
  requestNotificationCount(): Promise<number>;
  /** What is not archived is also added to `notifications`. */
  listNotifications(range?: {
    limit?: number;
    before?: Id;
    unread?: boolean;
    /** Only archived ones; otherwise none of them. */
    archived?: boolean;
    type?: string;
  }): Promise<NotificationPage>;
  /** Adds the next older page to `notifications`, at first the newest page. `limit`: 50. */
  loadMore(limit?: number): Promise<NotificationPage>;

  sendMessage(
    conversationId: Id | number,
    content: string,
    more?: { metadata?: Record<string, unknown>; tempId?: string },
  ): Promise<{ ok: true; id: Id; timestamp: string }>;
  getMessages(
    conversationId: Id | number,
    range?: { before?: Id; after?: Id; limit?: number },
  ): Promise<{ messages: Message[]; hasMore: boolean }>;
  startTyping(conversationId: Id | number): void;
  stopTyping(conversationId: Id | number): void;
  getPresence(userIds: readonly (string | number)[]): Promise<Presence[]>;
}
