// The user that PostgreSQL and what belongs to it run as: postgres where this process is
// root's, since they refuse root, else the user that it is.

import { chownSync, readFileSync } from 'node:fs';

const USER = 'postgres';
const asRoot = process.getuid() === 0;

/** The command line of a program of that user, which does not run longer than this process. */
export function asServerUser(whole) {
  const drop = asRoot ? [`--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'] : [];
  return ['setpriv', ...drop, '--pdeathsig', 'KILL', ...whole];
}

/** Makes them that user's. */
export function giveToServerUser(...paths) {
  if (!asRoot) return;
  const line = readFileSync('/etc/passwd', 'utf8').split('\n').find((each) => each.startsWith(`${USER}:`));
  const [uid, gid] = line.split(':').slice(2, 4).map(Number);
  for (const path of paths) chownSync(path, uid, gid);
}
