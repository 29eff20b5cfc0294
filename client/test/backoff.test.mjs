import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../src/backoff.js';

const ceilings = (backoff, count) => Array.from({ length: count }, () => backoff.next());

test('doubles the maximum delay from one second up to thirty', () => {
  const backoff = new Backoff(() => 1);
  assert.deepEqual(ceilings(backoff, 7), [1000, 2000, 4000, 8000, 16000, 30000, 30000]);
});

test('stays at that maximum after any number of attempts', () => {
  const backoff = new Backoff(() => 1);
  ceilings(backoff, 2000);
  assert.equal(backoff.next(), 30000);
});

test('spreads delays over the whole range', () => {
  assert.equal(new Backoff(() => 0).next(), 0);
  assert.equal(new Backoff(() => 0.5).next(), 500);
});

test('starts over only after a connection that lasted', () => {
  const backoff = new Backoff(() => 1);
  ceilings(backoff, 3);
  backoff.lasted(9_999);
  assert.equal(backoff.next(), 8000);
  backoff.lasted(10_000);
  assert.equal(backoff.next(), 1000);
});
