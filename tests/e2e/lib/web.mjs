// Real web servers with the very configuration of deploy/, its fixed paths and
// ports replaced by this test's.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from './end.mjs';
import { startOnFreePort } from './port.mjs';
import { Program, top } from './program.mjs';

/** A file of deploy/, each text replaced; one that is not there is an error. */
export function deployed(file, replacements) {
  let text = readFileSync(join(top, 'deploy', file), 'utf8');
  for (const [from, to] of Object.entries(replacements)) {
    assert.ok(text.includes(from), `deploy/${file} no longer says ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

function lighttpdConfiguration({ folder, port, gateway, authSocket, more }) {
  const [host, gatewayPort] = gateway.split(':');
  const belfry = deployed('lighttpd.conf', {
    '/run/belfry/auth.sock': authSocket,
    '"host" => "127.0.0.1", "port" => 8081': `"host" => "${host}", "port" => ${gatewayPort}`,
  });
  return `server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${folder}/www"
server.upload-dirs = ( "${folder}" )
${more}
${belfry}`;
}

function nginxConfiguration({ folder, port, gateway, authSocket, more }) {
  const belfry = deployed('nginx.conf', {
    'unix:/run/belfry/auth.sock': `unix:${authSocket}`,
    'http://127.0.0.1:8081': `http://${gateway}`,
  });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/nginx-${kind};`,
  );
  return `daemon off;
pid ${folder}/nginx.pid;
error_log stderr notice;
${process.getuid() === 0 ? 'user root;' : ''}
worker_processes 1;
events { }
http {
    access_log off;
    ${temporary.join('\n    ')}
    server {
        listen 127.0.0.1:${port};
        root ${folder}/www;
        ${more}
        ${belfry}
    }
}`;
}

const servers = {
  lighttpd: {
    path: '/usr/sbin/lighttpd',
    configuration: lighttpdConfiguration,
    args: (file) => ['-D', '-f', file],
    ready: /server started/,
  },
  nginx: {
    path: '/usr/sbin/nginx',
    configuration: nginxConfiguration,
    args: (file, folder) => ['-e', 'stderr', '-p', folder, '-c', file],
    ready: /start worker process \d/,
  },
};

/**
 * Starts one. `gateway` is "127.0.0.1:port"; `more` goes into its
 * configuration before Belfry's part. Gives { url, program }.
 */
export async function startWebServer(test, kind, options) {
  const { path, configuration, args, ready } = servers[kind];
  const { folder, env } = options;
  mkdirSync(join(folder, 'www'), { recursive: true });
  const { url, program } = await startOnFreePort(async (port) => {
    const file = join(folder, `${kind}.conf`);
    writeFileSync(file, configuration({ ...options, port }));
    const started = new Program(test, path, args(file, folder), { env });
    await started.line(ready);
    return { url: `http://127.0.0.1:${port}`, program: started };
  });
  atEnd(test, () => program.dismiss());
  return { url, program };
}
