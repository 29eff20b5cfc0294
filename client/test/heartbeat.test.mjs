import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heartbeat } from '../src/heartbeat.js';
import { Clock } from './support/clock.mjs';

function watched(t) {
  const seen = { sent: 0, beats: [], dead: 0 };
  const clock = new Clock(t);
  const heartbeat = new Heartbeat({
    send: () => seen.sent++,
    onBeat: (latency, late) => seen.beats.push([latency, late]),
    onDead: () => seen.dead++,
  });
  return { seen, clock, heartbeat };
}

test('beats every thirty seconds after an answer', async (t) => {
  const { seen, clock, heartbeat } = watched(t);
  heartbeat.beat();
  await clock.advance(25);
  heartbeat.answered();
  await clock.advance(29_999);
  assert.equal(seen.sent, 1);
  await clock.advance(1);
  assert.equal(seen.sent, 2);
  assert.deepEqual(seen.beats, [[25, false]]);
});

test('reports a late answer after five seconds, and a dead connection after ten', async (t) => {
  const { seen, clock, heartbeat } = watched(t);
  heartbeat.beat();
  await clock.advance(5_001);
  heartbeat.answered();
  assert.deepEqual(seen.beats, [[5_001, true]]);
  heartbeat.beat();
  await clock.advance(10_000);
  assert.equal(seen.dead, 1);
});

test('after the machine has slept, asks again rather than give up', async (t) => {
  const { seen, clock, heartbeat } = watched(t);
  heartbeat.beat();
  clock.sleep(3_600_000);
  await clock.advance(0);
  assert.deepEqual([seen.dead, seen.sent], [0, 2]);
  await clock.advance(10_000);
  assert.equal(seen.dead, 1);
});

test('a heartbeat requested while one is under way changes nothing', async (t) => {
  const { seen, clock, heartbeat } = watched(t);
  heartbeat.beat();
  await clock.advance(9_000);
  heartbeat.beat();
  await clock.advance(1_000);
  assert.deepEqual([seen.dead, seen.sent], [1, 1]);
});

test('sends nothing once stopped, and ignores unexpected answers', async (t) => {
  const { seen, clock, heartbeat } = watched(t);
  heartbeat.beat();
  heartbeat.stop();
  heartbeat.answered();
  await clock.advance(100_000);
  assert.deepEqual(seen, { sent: 1, beats: [], dead: 0 });
});
