// Who may write to the queue: as root, `belfry init` creates a folder for a group, and
// a web server's user in that group can publish.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, build, runProgram } from './harness.mjs';

/** Runs as root: directly, or with sudo. */
function asRoot(args) {
  return process.getuid() === 0 ? runProgram(args[0], args.slice(1)) : runProgram('sudo', ['-n', ...args]);
}

/** Runs as another user, with one additional group. */
const as = (user, group, args) =>
  asRoot(['setpriv', `--reuid=${user}`, `--regid=${user}`, `--groups=${group}`, '--', ...args]);

test('belfry init as root lets members of a group publish, and nobody else', async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'belfry-rights-'));
  atEnd(t, () => asRoot(['rm', '-rf', place]));
  chmodSync(place, 0o755);
  const file = join(place, 'queue', 'belfry.db');
  mkdirSync(join(place, 'queue'));
  const made = await asRoot([join(build, 'belfry'), '--database', file, 'init', '--owner', 'daemon', '--group', 'games']);
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout + made.stderr, /usermod|adduser|gpasswd/, 'how to let publishers in');
  const folder = await asRoot(['stat', '-c', '%a %U %G', join(place, 'queue')]);
  assert.equal(folder.stdout, '2770 daemon games\n');
  const queue = await asRoot(['stat', '-c', '%a %U %G', file]);
  assert.equal(queue.stdout, '660 daemon games\n');

  const insert = "INSERT INTO notifications (user_id, title) VALUES ('alice', 'From the web server') RETURNING title";
  const publisher = await as('www-data', 'games', ['sqlite3', file, insert]);
  assert.equal(publisher.stdout, 'From the web server\n', publisher.stderr);
  // The files that SQLite creates next to it belong to the group, too: the owner can still write.
  const owner = await as('daemon', 'games', ['sqlite3', file, insert]);
  assert.equal(owner.stdout, 'From the web server\n', owner.stderr);
  const stranger = await as('www-data', 'www-data', ['sqlite3', file, insert]);
  assert.notEqual(stranger.code, 0);
  assert.match(stranger.stderr, /unable to open|permission/i);
});

test('publishers have no access to sessions created by belfry init', async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'belfry-rights-'));
  atEnd(t, () => rmSync(place, { recursive: true, force: true }));
  const file = join(place, 'belfry.db');
  const made = await runProgram(join(build, 'belfry'), ['--database', file, 'init', '--sessions']);
  assert.equal(made.code, 0, made.stderr);
  assert.equal(statSync(join(place, 'sessions.db')).mode & 0o077, 0);
});
