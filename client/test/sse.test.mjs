import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventParser } from '../src/sse.js';

const bytes = (text) => new TextEncoder().encode(text);

function parse(...chunks) {
  const events = [];
  const parser = new EventParser((data, id) => events.push(id === undefined ? [data] : [data, id]));
  for (const chunk of chunks) parser.push(typeof chunk === 'string' ? bytes(chunk) : chunk);
  return { events, parser };
}

const cases = {
  'one event': ['data: a\n\n', [['a']]],
  'no space after the colon, one of two spaces kept': ['data:a\n\ndata:  b\n\n', [['a'], [' b']]],
  'several lines of data': ['data: a\ndata\ndata: b\n\n', [['a\n\nb']]],
  'an id, which stays': ['id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n', [['a', '1'], ['b', '1'], ['c', '']]],
  'an id without data is remembered': ['id: 1\n\ndata: a\n\n', [['a', '1']]],
  'an id with NUL is ignored': ['id: 1\0\ndata: a\n\n', [['a']]],
  'comments': [': ping\n\n:\ndata: a\n:x\n\n', [['a']]],
  'fields that nobody knows': ['event: x\nfoo: y\nbar\ndata: a\n\n', [['a']]],
  'CR, LF and both': ['data: a\r\rdata: b\n\ndata: c\r\n\r\n', [['a'], ['b'], ['c']]],
  'a byte order mark': ['\uFEFFdata: a\n\n', [['a']]],
  'a mark that is not the first is part of the name': ['data: a\n\n\uFEFFdata: b\n\n', [['a']]],
  'characters of several bytes': ['data: é€😀\n\n', [['é€😀']]],
  'an event that is not finished': ['data: a\n', []],
  'empty data': ['data\n\n', [['']]],
  'line separators of JavaScript are data': ['data: a\u2028b\u0085c\n\n', [['a\u2028b\u0085c']]],
};

for (const [name, [text, expected]] of Object.entries(cases)) {
  test(name, () => {
    assert.deepEqual(parse(text).events, expected, 'whole');
    const all = bytes(text);
    assert.deepEqual(parse(...Array.from(all, (byte) => Uint8Array.of(byte))).events, expected, 'byte by byte');
    for (let at = 1; at < all.length; at++) {
      assert.deepEqual(parse(all.slice(0, at), all.slice(at)).events, expected, `cut at ${at}`);
    }
  });
}

test('CR LF that is cut ends one line, CR and LF apart end two', () => {
  assert.deepEqual(parse('data: a\r', '\ndata: b\r', '\n\r', '\n').events, [['a\nb']]);
  assert.deepEqual(parse('data: a\r', '', '\ndata: b\n\n').events, [['a\nb']]);
});

test('retry is a number of milliseconds', () => {
  assert.equal(parse('retry: 1500\n\n').parser.retry, 1500);
  assert.equal(parse('retry: soon\nretry:\nretry: -1\n').parser.retry, 0);
});

test('a long line in many chunks takes linear time', () => {
  const time = (chunks) => {
    const events = [];
    const parser = new EventParser((data) => events.push(data.length));
    const chunk = bytes('x'.repeat(64));
    const start = process.cpuUsage();
    parser.push(bytes('data: '));
    for (let i = 0; i < chunks; i++) parser.push(chunk);
    parser.push(bytes('\n\n'));
    assert.deepEqual(events, [chunks * 64]);
    return process.cpuUsage(start).user + 1;
  };
  time(1000);
  const [small, large] = [time(10_000), time(100_000)];
  assert.ok(large < 40 * small + 100_000, `${small} µs, ten times as much: ${large} µs`);
});

test('a line without end is refused', () => {
  const { parser } = parse();
  const chunk = new Uint8Array(2 ** 20).fill(120);
  assert.throws(() => {
    for (let i = 0; i < 20; i++) parser.push(chunk);
  }, RangeError);
});
