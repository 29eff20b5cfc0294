// A real PostgreSQL server, in a folder of its own, on a Unix socket in there. It runs as
// the user postgres where this process is root's, since PostgreSQL refuses root, and ends
// with this process.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asServerUser, giveToServerUser } from './server-user.mjs';
import { within } from './wait.mjs';

export const SUPERUSER = 'postgres';
const bindir = () => execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();

/** The command line for a program of the server. */
const command = (program, args) => asServerUser([join(bindir(), program), ...args]);

/** Runs one of the server's programs to its end. */
export function runServerProgram(name, args) {
  const [program, ...all] = command(name, args);
  execFileSync(program, all, { stdio: 'pipe', cwd: '/' });
}

export const makeCluster = (folder) =>
  runServerProgram('initdb', ['-D', join(folder, 'data'), '-U', SUPERUSER, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']);

export class ServerProcess {
  #atExit = () => this.remove();

  /**
   * `make` makes `data` in its folder, by default a new cluster; `prepare` comes before the
   * folder is the server's. `enter` is the command line in front of the server's own.
   */
  constructor({ make = makeCluster, prepare, enter = [] } = {}) {
    this.enter = enter;
    this.folder = mkdtempSync(join(tmpdir(), 'belfry-postgres-'));
    prepare?.(this.folder);
    giveToServerUser(this.folder);
    make(this.folder);
    process.once('exit', this.#atExit);
  }

  /** Starts it, with these settings instead of its defaults. */
  async start(settings = []) {
    const [program, ...args] = [...this.enter, ...command('postgres', [
      '-D', join(this.folder, 'data'), '-k', this.folder, '-c', 'listen_addresses=', ...settings.flatMap((each) => ['-c', each]),
    ])];
    this.child = spawn(program, args, { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
    this.log = '';
    const ready = new Promise((resolve, reject) => {
      this.child.stderr.setEncoding('utf8').on('data', (text) => {
        this.log += text;
        if (/ready to accept (read-only )?connections/.test(this.log)) resolve();
      });
      this.ended.then(() => reject(new Error(`postgres ended:\n${this.log}`)));
    });
    await within(ready, 'the server to be ready');
    ready.catch(() => {});
    // It must not keep this process.
    this.child.unref();
    this.child.stderr.unref();
  }

  /** Ends it: SIGINT, in order; SIGQUIT, as a crash; SIGTERM would wait for its clients. */
  async stop(signal = 'SIGINT') {
    this.child.ref();
    this.child.kill(signal);
    await within(this.ended, 'the server to end');
  }

  /** Kills it if it runs, and removes its folder. */
  remove() {
    process.off('exit', this.#atExit);
    this.child?.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  url(user, database) {
    return `postgresql://${user}@/${database}?host=${this.folder}`;
  }
}
