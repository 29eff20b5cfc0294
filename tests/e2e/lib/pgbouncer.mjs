// pgbouncer in front of a PostgreSQL server of the tests, in transaction mode, in a
// folder of its own: a client has a connection to the server for one transaction.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './end.mjs';
import { Program } from './program.mjs';
import { asServerUser, giveToServerUser } from './server-user.mjs';

const PORT = 6432;

/** Starts it for these users; `url(user, database)` is that of a database behind it. */
export async function startPgbouncer(test, server, users) {
  const folder = mkdtempSync(join(tmpdir(), 'belfry-pgbouncer-'));
  const config = join(folder, 'pgbouncer.ini');
  atEnd(test, () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'users'), users.map((each) => `"${each}" ""\n`).join(''));
  writeFileSync(config, `[databases]
* = host=${server.folder}
[pgbouncer]
unix_socket_dir = ${folder}
listen_port = ${PORT}
auth_type = trust
auth_file = ${join(folder, 'users')}
pool_mode = transaction
default_pool_size = 3
`);
  giveToServerUser(folder, config);
  const start = async () => {
    const [path, ...args] = asServerUser(['/usr/sbin/pgbouncer', config]);
    const program = new Program(test, path, args, { name: 'pgbouncer', cwd: '/' });
    atEnd(test, () => program.child.kill('SIGKILL'));
    await program.line(/process up/);
    return program;
  };
  let program = await start();
  return {
    url: (user, database) => `postgresql://${user}@/${database}?host=${folder}&port=${PORT}`,
    /** Ends it, and with it every connection, and starts it again. */
    async restart() {
      program.child.kill('SIGKILL');
      await program.ended;
      program = await start();
    },
  };
}
