// Compiled, never run: what a page writes has these types.
import { BelfryClient, BelfryError } from 'belfry-client';
import type { Notification, State } from 'belfry-client';

const client = new BelfryClient({ token: async () => ({ token: 'x', expiresIn: 60 }), shared: true });

client.on('notification', (notification: Notification) => notification.title.toUpperCase());
client.on('stateChange', (state: State) => state === 'connected');
client.on('error', (error) => error instanceof BelfryError && error.code === 'unauthorized');
client.on('deploy:done', (data) => data.version);
client.on('maintenance', (data, { broadcastId, topic }) => broadcastId.concat(topic));
client.on('userChange', ({ from, to }) => to?.concat(from));
// @ts-expect-error a misspelt event
client.on('notificaton', () => {});
// @ts-expect-error a handler for other data
client.on('unreadCount', (count: string) => count);
client.on('update', ({ title, updatedAt }) => title + (updatedAt ?? ''));
client.on('remove', ({ ids, reason }) => reason === 'archived' && ids.map((id) => id.length));
// @ts-expect-error no such reason
client.on('remove', ({ reason }) => reason === 'lost');
client.on('unread', (ids) => ids.join());
client.on('unseenCount', (count) => count + client.unseenCount);

declare module 'belfry-client' {
  interface Broadcasts {
    closing: { at: string };
  }
}
const shop = new BelfryClient<{ restocked: { sku: string } }>();
shop.on('restocked', ({ sku }) => sku.toUpperCase());
shop.once('closing', ({ at }, broadcast) => at.toUpperCase() + broadcast.topic);
// @ts-expect-error no such member
shop.on('restocked', ({ price }) => price);
// @ts-expect-error not declared
shop.on('sold', () => {});
new BelfryClient({ events: null });
const carrier: 'websocket' | 'events' | null = shop.carrier ?? shop.getStats().carrier;
// @ts-expect-error no such carrier
carrier === 'polling';
const off: () => void = client.once('unreadCount', (count) => count + 1);
off();

export async function use(): Promise<string> {
  const session = await client.connect();
  await client.markNotificationsRead(['1', 2]);
  const { id } = await client.sendMessage('c', 'hello', { tempId: 't' });
  await client.sendMessage(7, 'hello');
  const { notifications } = await client.listNotifications({ unread: true });
  const ids = [1, '2'] as const;
  await Promise.all([client.markNotificationsUnread(ids), client.archiveNotifications(['1']), client.unarchiveNotifications(ids), client.markAllSeen()]);
  await client.listNotifications({ archived: true, type: 'order', before: id });
  // @ts-expect-error no such filter
  await client.listNotifications({ seen: true });
  if (client.hasMore) (await client.loadMore(20)).notifications.length;
  const read: boolean = notifications[0]!.read && notifications[0]!.status === 'read';
  // @ts-expect-error no such status
  notifications[0]!.status === 'seen';
  const page = await client.getMessages('c', { after: id, limit: 10 });
  // @ts-expect-error no such state
  client.getState() === 'ringing';
  // @ts-expect-error a conversation has a name
  client.startTyping();
  return session.userId + page.messages[0]?.content + client.getStats().latency + read;
}
