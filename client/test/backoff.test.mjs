import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../src/backoff.js';

const ceilings = (backoff, count) => Array.from({ length: count }, () => backoff.next());

test('doubles its ceiling from one second to thirty, and stays there', () => {
  const backoff = new Backoff(() => 1);
  assert.deepEqual(ceilings(backoff, 7), [1000, 2000, 4000, 8000, 16000, 30000, 30000]);
});

test('stays at its ceiling however many attempts were made', () => {
  const backoff = new Backoff(() => 1);
  ceilings(backoff, 2000);
  assert.equal(backoff.next(), 30000);
});

test('spreads over the whole of what it may wait', () => {
  assert.equal(new Backoff(() => 0).next(), 0);
  assert.equal(new Backoff(() => 0.5).next(), 500);
});

test('starts over after a connection that lasted, and only then', () => {
  const backoff = new Backoff(() => 1);
  ceilings(backoff, 3);
  backoff.lasted(9_999);
  assert.equal(backoff.next(), 8000);
  backoff.lasted(10_000);
  assert.equal(backoff.next(), 1000);
});
