// How an event's price grows with those who subscribed to its topic, and with the topics that each subscribed to.

import { curve } from '../lib/compare.mjs';
import { latencies, perDelivery } from '../lib/load.mjs';
import { each, withSide } from '../sides.mjs';

const SIDES = ['belfry-plain', 'uwebsockets'];
const scaled = (numbers, scale) => [...new Set(numbers.map((number) => Math.max(1, Math.round(number * scale))))];

const toSubscribers = (seconds) => (name) => (connections) =>
  withSide(name, async ({ run }) => {
    const one = await run('fanout', { connections, outstanding: 1, seconds, warm: 0.2 });
    return { one: perDelivery(one), p99: latencies(one).p99 };
  });

const withTopics = (connections, seconds) => (name) => (topics) =>
  withSide(
    name,
    async ({ run }) => {
      const many = await run('fanout', { connections, topics, outstanding: 16, seconds, warm: 0.2 });
      return { many: perDelivery(many), connect: many.cpu.connect / connections };
    },
    { max_topics: 10_000 },
  );

export async function subscribers(context) {
  return [
    await curve(context, {
      title: 'An event, one under way',
      x: { label: 'subscribers', log: true },
      xs: scaled([10, 100, 1000, 10_000], context.scale),
      columns: [
        { key: 'one', label: 'server CPU a delivery', unit: 'µs' },
        { key: 'p99', label: 'p99 of a delivery', unit: 'ms' },
      ],
      sides: each(SIDES, toSubscribers(0.8 * context.scale)),
    }),
  ];
}

export async function topics(context) {
  return [
    await curve(context, {
      title: 'Topics of each of 100 connections',
      x: { label: 'topics a connection', log: true },
      xs: [1, 10, 100, 1000].slice(0, context.scale < 0.5 ? 3 : 4),
      columns: [
        { key: 'many', label: 'server CPU a delivery, 16 events under way', unit: 'µs' },
        { key: 'connect', label: 'server CPU to connect and join all', unit: 'µs' },
      ],
      sides: each(['belfry-plain', 'uwebsockets'], withTopics(100, context.scale)),
    }),
  ];
}
