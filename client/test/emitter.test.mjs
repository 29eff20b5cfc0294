import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Emitter } from '../src/emitter.js';

function reported(t) {
  const errors = [];
  globalThis.reportError = (error) => errors.push(error);
  t.after(() => delete globalThis.reportError);
  return errors;
}

test('calls handlers in the order in which they were added, each once', () => {
  const emitter = new Emitter();
  const calls = [];
  const first = (value) => calls.push(['first', value]);
  emitter.on('ring', first);
  emitter.on('ring', first);
  emitter.on('ring', (value) => calls.push(['second', value]));
  emitter.emit('ring', 1);
  assert.deepEqual(calls, [['first', 1], ['second', 1]]);
});

test('calls once-handlers once, and no removed ones', () => {
  const emitter = new Emitter();
  const calls = [];
  emitter.once('ring', () => calls.push('once'));
  emitter.on('ring', () => calls.push('gone'))();
  emitter.emit('ring');
  emitter.emit('ring');
  assert.deepEqual(calls, ['once']);
});

test('a handler that throws does not affect others, and is reported', async (t) => {
  const errors = reported(t);
  const emitter = new Emitter();
  let called = false;
  emitter.on('ring', () => { throw new Error('broken'); });
  emitter.on('ring', async () => { throw new Error('later'); });
  emitter.on('ring', () => { called = true; });
  await emitter.emit('ring');
  assert.ok(called);
  assert.deepEqual(errors.map((error) => error.message).sort(), ['broken', 'later']);
});

test('waits for promises returned by handlers', async () => {
  const emitter = new Emitter();
  let done = false;
  emitter.on('ring', () => new Promise((resolve) => setImmediate(() => resolve((done = true)))));
  await emitter.emit('ring');
  assert.ok(done);
});

test('handlers added during an emit are first called by the next', () => {
  const emitter = new Emitter();
  let calls = 0;
  emitter.on('ring', () => emitter.on('ring', () => calls++));
  emitter.emit('ring');
  assert.equal(calls, 0);
});
