// A description of the machine on which the figures were measured.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { top } from '../../tests/e2e/lib/program.mjs';

/** The first match in a command's output, or "?" if there is no such command. */
function said(pattern, command, ...args) {
  try {
    const text = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], cwd: top });
    return text.match(pattern)?.[1] ?? '?';
  } catch {
    return '?';
  }
}

const packageVersion = (name) => said(/^(\S+)/, 'dpkg-query', '-W', '-f', '${Version}', name);
const moduleVersion = (name) =>
  JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
const versions = (names, versionOf) => names.map((name) => `${name} ${versionOf(name)}`).join(', ');

const debian = () => said(/^(\S+)/, 'cat', '/etc/debian_version');
const fileSystem = (folder) => said(/\n(\S+)/, 'df', '--output=fstype', folder);

/** The description as a Markdown list. */
export function describeMachine(folder) {
  const gibibytes = (totalmem() / 2 ** 30).toFixed(0);
  return [
    `- ${cpus()[0].model.trim()}, ${availableParallelism()} cores, ${gibibytes} GiB, files on ${fileSystem(folder)}`,
    `- Debian ${debian()}, Linux ${release()}`,
    `- Belfry ${said(/^(\S+)/, 'git', 'describe', '--always', '--dirty')}, ` +
      `${said(/^(.*)/, 'gcc', '--version')}, -O2; ` +
      versions(['libuv1', 'libsqlite3-0', 'libpq5', 'libwslay1', 'libjwt0'], packageVersion),
    `- Beside it: ${versions(['nginx', 'libnginx-mod-nchan', 'nats-server', 'mosquitto', 'postgresql', 'wrk'], packageVersion)}; ` +
      `Node ${process.version}, ${versions(['socket.io', 'socket.io-client', 'ws', 'bun', 'better-sqlite3', 'pg', '@socket.io/postgres-adapter', 'jose'], moduleVersion)}`,
  ].join('\n');
}
