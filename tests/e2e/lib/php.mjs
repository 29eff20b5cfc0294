// The real php-fpm, and PHP sessions as stored by PHP's own handler.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from './end.mjs';
import { Program } from './program.mjs';

const ID = 'abcdefghijklmnopqrstuvwx';
export const PHP_SESSION = { name: 'PHPSESSID', value: ID };
export const PHP_COOKIE = { cookie: `PHPSESSID=${ID}` };

/** Creates a folder of PHP sessions with one of that user_id, as PHP serialises it. */
export function phpSessions(site, user = 's:5:"alice";') {
  const folder = join(site.folder, 'php-sessions');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `sess_${ID}`), `user_id|${user}`);
  return folder;
}

/** Starts php-fpm with the session above; `pool` is appended to its pool's configuration. */
export async function startPhpFpm(t, site, { pool = '', env } = {}) {
  const socket = join(site.folder, 'php.sock');
  const config = join(site.folder, 'php-fpm.conf');
  const root = process.getuid() === 0;
  writeFileSync(config, `[global]
daemonize = no
error_log = ${join(site.folder, 'php-fpm.log')}
[www]
${root ? 'user = root\ngroup = root' : ''}
listen = ${socket}
pm = static
pm.max_children = 1
catch_workers_output = yes
php_value[session.save_path] = ${phpSessions(site)}
${pool}
`);
  const binary = readdirSync('/usr/sbin').find((name) => /^php-fpm[\d.]*$/.test(name));
  const fpm = new Program(t, join('/usr/sbin', binary), [...(root ? ['-R'] : []), '-F', '-O', '-y', config], { env });
  atEnd(t, () => fpm.dismiss());
  await fpm.line(/ready to handle connections/);
  return { socket, fpm };
}
