// What the manual pages name exists, and what exists is named: commands, options, settings.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build, runProgram, top } from './harness.mjs';

const page = (name) => readFileSync(join(top, 'man', name), 'utf8');
const sorted = (names) => [...new Set(names)].sort();

/** What a program says, whose exit status is 0. */
async function said(...args) {
  const { code, stdout, stderr } = await runProgram(join(build, args[0]), args.slice(1));
  assert.equal(code, 0, stderr);
  return stdout;
}

test('belfry(1) has every command and every option, and no others', async () => {
  const text = page('belfry.1');
  const help = await said('belfry', '--help');
  const commands = [...help.matchAll(/^ {2}([a-z]+(?: [a-z]+)?)(?= |$)/gm)].map(([, name]) => name).filter((name) => !/^(help|belfry)\b/.test(name));
  assert.ok(commands.length > 25);
  const described = [...text.matchAll(/^\.It Cm ([a-z]+(?: [a-z]+)?)(?= [A-Z]|$)/gm)].map(([, name]) => name);
  for (const name of commands) assert.ok(described.some((each) => each === name || each === name.split(' ')[0]), `belfry.1 does not describe ${name}`);
  for (const name of described) assert.ok(commands.some((each) => each === name || each.startsWith(`${name} `)), `belfry.1 describes ${name}`);
  const options = [];
  for (const name of ['', ...commands]) {
    const own = name ? await said('belfry', 'help', ...name.split(' ')) : help;
    options.push(...[...own.matchAll(/(?<=^|\s)--([a-z]+)/gm)].map(([, option]) => option));
  }
  const named = [...text.matchAll(/\bFl -([a-z]+)/g)].map(([, option]) => option);
  assert.deepEqual(sorted(named), sorted(options));
});

test('belfry.conf(5) has every setting, and no others', async () => {
  const described = [];
  for (const [, section, text] of page('belfry.conf.5').matchAll(/^\.Ss \[(\w+)\]\n([^]*?)(?=^\.S[sh] )/gm)) {
    const items = text.split('\n').filter((line) => line.startsWith('.It Cm ')).join('\n');
    described.push(...[...items.matchAll(/\bCm (\w+) No =/g)].map(([, name]) => `${section}.${name}`));
  }
  const { stdout } = await runProgram(join(build, 'belfry-gateway'), ['--check', '--config', '/dev/null'], { env: { AUTH_SECRET: 'x'.repeat(20) + 'abcdefghijklmnopqrst' } });
  const settings = [...stdout.matchAll(/^(\w+\.\w+) = /gm)].map(([, name]) => name);
  assert.ok(settings.length > 40, stdout);
  assert.deepEqual(sorted(described), sorted(settings));
});

test('every page of Belfry that a page refers to is there', () => {
  const pages = readdirSync(join(top, 'man')).filter((name) => /\.[1-8]$/.test(name));
  for (const name of pages) {
    const referred = [...page(name).matchAll(/^\.Xr (belfry[\w.-]*) (\d)/gm)].map(([, other, section]) => `${other}.${section}`);
    assert.deepEqual(referred.filter((other) => !pages.includes(other)), [], name);
  }
});
