// wrk, the load generator of those programs that are behind nginx. With nginx, it has the cores that the program has not.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { atEnd } from '../../tests/e2e/lib/end.mjs';
import { cores } from './process.mjs';

const run = promisify(execFile);

/**
 * Asks `url` for so many seconds over `connections` kept connections, as the script of peers/ says, which is given
 * `argument`: { requests, seconds }. Throws if one was refused or broken off, or none was answered.
 */
export async function wrk(rig, url, { script, argument, connections, seconds }) {
  const file = new URL(`../peers/${script}`, import.meta.url).pathname;
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', file, url, '--', argument];
  rig.scope.demandOpen();
  const running = run('taskset', ['-c', cores.others, 'wrk', ...options]);
  atEnd(rig.scope, () => running.child.kill());
  const { stdout } = await running;
  const { requests, microseconds, refused, broken } = JSON.parse(stdout.match(/^\{.*\}$/m)[0]);
  if (requests === 0) throw new Error(`nothing was answered at ${url} in ${seconds} s`);
  if (refused + broken > 0) throw new Error(`of ${requests} requests at ${url} ${refused} were refused, ${broken} broken off`);
  return { requests, seconds: microseconds / 1e6 };
}
