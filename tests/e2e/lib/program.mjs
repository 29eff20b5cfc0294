// A real program under test: starts it, reads its log, ends it, and checks how it ended.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Inbox, within } from './wait.mjs';

export const top = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../../..');
export const build = process.env.BELFRY_BUILD ?? join(top, 'build-test/sanitized');
const logs = join(top, 'build-test/logs/e2e');

const SANITIZER = /ERROR: \w+Sanitizer|SUMMARY: \w+Sanitizer|runtime error:/;

/** The environment of every program, without the configuration of the caller's own. */
export function cleanEnvironment(more = {}) {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(BELFRY_|AUTH_SECRET|NEXTAUTH_|BETTER_AUTH)/.test(name)),
  );
  return {
    ...clean,
    ASAN_OPTIONS: 'detect_leaks=1:exitcode=99',
    UBSAN_OPTIONS: 'print_stacktrace=1',
    ...more,
  };
}

let started = 0;

export class Program {
  /**
   * Starts it. `test` names the log file; `secrets` is a Set of what may never
   * appear in a log.
   */
  constructor(test, path, args, { env = {}, secrets = new Set(), cwd, stdio = ['ignore', 'pipe', 'pipe'], name } = {}) {
    this.name = name ?? path.split('/').pop();
    this.secrets = secrets;
    this.lines = new Inbox(`the log of ${this.name}`);
    this.output = '';
    mkdirSync(logs, { recursive: true });
    const file = `${test.name.replaceAll(/[^\w]+/g, '-').slice(0, 60)}.${process.pid}-${++started}.${this.name}.log`;
    this.log = join(logs, file);
    const copy = createWriteStream(this.log);
    this.child = spawn(path, args, { env: cleanEnvironment(env), cwd, stdio });
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => resolve({ code: null, signal: null, error }));
      this.child.once('close', (code, signal) => {
        this.lines.put(`(ended with ${code ?? signal})`);
        copy.end();
        resolve({ code, signal });
      });
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream) this.#read(stream, copy);
    }
  }

  #read(stream, copy) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text) => {
      this.output += text;
      copy.write(text);
      const whole = (rest + text).split('\n');
      rest = whole.pop();
      for (const line of whole) this.lines.put(line);
    });
  }

  get pid() {
    return this.child.pid;
  }

  /** Waits for a log line that matches; returns the match. */
  async line(pattern, ms) {
    const found = await this.lines.find((line) => {
      if (line.startsWith('(ended')) throw new Error(`${this.name} ended before it said ${pattern}:\n${this.output}`);
      return pattern.test(line);
    }, `a line like ${pattern}`, ms);
    return found.match(pattern);
  }

  has(pattern) {
    return pattern.test(this.output);
  }

  /** Waits, with a deadline, until it has ended: { code, signal }. */
  end() {
    return within(this.ended, () => `${this.name} to end; its log: ${this.log}\n${this.output.slice(-3000)}`);
  }

  signal(signal) {
    this.child.kill(signal);
  }

  /** Ends it as a supervisor does, and asserts status 0. */
  async stop(signal = 'SIGTERM') {
    if (this.stopped) return this.stopped;
    this.signal(signal);
    this.stopped = await this.end();
    this.check();
    assert.deepEqual(this.stopped, { code: 0, signal: null }, `${this.name} ended badly; its log: ${this.log}\n${this.output.slice(-3000)}`);
    return this.stopped;
  }

  /** Ends it, whatever its status: for web servers and the like, which are not under test. */
  async dismiss(signal = 'SIGTERM') {
    this.child.kill(signal);
    this.stopped = await this.end();
    this.check();
  }

  kill() {
    return this.dismiss('SIGKILL');
  }

  /** Waits for a program that ends by itself, and accepts any status. */
  async exit() {
    this.stopped = await this.end();
    this.check();
    return this.stopped;
  }

  /** Asserts that no sanitizer reported anything, and that no secret is in the log. */
  check() {
    assert.doesNotMatch(this.output, SANITIZER, `a sanitizer spoke in ${this.log}`);
    for (const secret of this.secrets) {
      assert.ok(!this.output.includes(secret), `a secret or token is in ${this.log}`);
    }
  }
}

/** Runs a program until it ends: { code, stdout, stderr }. */
export async function runProgram(path, args, { env = {}, input = '', cwd } = {}) {
  const child = spawn(path, args, { env: cleanEnvironment(env), cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  const result = { code: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (result.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (result.stderr += text));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  result.code = await within(ended, () => `${path} ${args.join(' ')} to end\n${result.stdout}\n${result.stderr}`, 60_000);
  assert.doesNotMatch(result.stderr, SANITIZER);
  return result;
}
