import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Quality } from '../src/quality.js';

function gradeOf(...samples) {
  const quality = new Quality();
  for (const sample of samples) quality.add(...[sample].flat());
  return quality.grade;
}

test('grades the median of the last five heartbeats', () => {
  assert.equal(gradeOf(), 'unknown');
  assert.equal(gradeOf(150), 'excellent');
  assert.equal(gradeOf(151), 'good');
  assert.equal(gradeOf(400), 'good');
  assert.equal(gradeOf(401), 'poor');
  assert.equal(gradeOf(20, 20, 2000, 20, 20), 'excellent');
  assert.equal(gradeOf(9000, 9000, 9000, 20, 20, 20, 20, 20), 'excellent');
});

test('with one late heartbeat it is no longer excellent, with two it is poor', () => {
  assert.equal(gradeOf(20, [6000, true], 20), 'good');
  assert.equal(gradeOf([6000, true], 20, [6000, true], 20, 20), 'poor');
});
