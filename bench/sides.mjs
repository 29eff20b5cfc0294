// The sides: what is measured, how it is started, and which dialect of the load generator speaks to it. The peers
// publish in memory and store nothing: `lacks` says what a row of theirs does not do that Belfry's does.

import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from '../tests/e2e/lib/program.mjs';
import { load } from './lib/load.mjs';
import { withRig } from './lib/rig.mjs';

const require = createRequire(import.meta.url);
// Where its own installation puts the program, for whatever processor.
const bun = () => join(require.resolve('bun/package.json'), '../bin/bun.exe');

/** Asks a server in Node or Bun for a garbage collection. */
const collect = async ({ program }) => {
  program.signal('SIGUSR2');
  await program.line(/collected/);
};

const nginx = (port, folder) => `daemon off;
pid ${folder}/nginx.pid;
error_log stderr notice;
${process.getuid() === 0 ? 'user root;' : ''}
worker_processes 1;
worker_rlimit_nofile 40000;
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
events { worker_connections 40000; }
http {
    access_log off;
    ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/nginx-${kind};`).join(' ')}
    nchan_max_reserved_memory 256M;
    server {
        listen 127.0.0.1:${port} backlog=4096;
        location ~ ^/sub/(.+)$ {
            nchan_subscriber websocket;
            nchan_channel_id $1;
            nchan_subscriber_first_message newest;
        }
        location ~ ^/pub/(.+)$ {
            nchan_publisher websocket;
            nchan_channel_id $1;
            nchan_store_messages off;
        }
    }
}
`;

const nats = (port) => `host: "127.0.0.1"
port: -1
websocket { listen: "127.0.0.1:${port}", no_tls: true, compression: false }
max_connections: 100000
write_deadline: "30s"
`;

// Without a listener that is none of WebSockets, it does not start.
const mosquitto = (port, folder) => `${process.getuid() === 0 ? 'user root' : ''}
listener 0 ${folder}/mosquitto.sock
listener ${port} 127.0.0.1
protocol websockets
allow_anonymous true
persistence false
max_queued_messages 0
set_tcp_nodelay true
log_dest stderr
connection_messages false
log_type information
log_type error
`;

const nothing = 'no token, nothing stored, no receipt';
// For figures of events that one connection sends: the default is what a browser may do.
const OPEN = { rate: 1_000_000, burst: 1_000_000, max_connections_per_user: 100_000 };

async function startGateway(rig, settings = {}) {
  rig.configure({ gateway: { ...OPEN, ...settings } });
  return rig.startGateway();
}

export const sides = {
  'belfry-socketio': { label: 'Belfry, Socket.IO', dialect: 'belfry-socketio', lacks: '', start: startGateway },
  'belfry-plain': { label: 'Belfry, plain', dialect: 'belfry-plain', lacks: '', start: startGateway },
  'belfry-polling': { label: 'Belfry, long polling', dialect: 'belfry-polling', lacks: '', start: startGateway },
  'belfry-events': { label: 'Belfry, event stream', dialect: 'belfry-events', lacks: '', start: startGateway },
  socketio: {
    label: 'Socket.IO 4.8', dialect: 'socketio', lacks: nothing, collect,
    start: (rig) => rig.startNode('socketio-topics.mjs'),
  },
  ws: {
    label: 'ws', dialect: 'websocket', lacks: nothing, collect,
    start: (rig) => rig.startNode('websocket-ws.mjs'),
  },
  uwebsockets: {
    label: 'uWebSockets (in Bun)', dialect: 'websocket', lacks: nothing, collect,
    start: (rig) => rig.startScript([bun()], 'websocket-bun.mjs'),
  },
  nchan: {
    label: 'nchan', dialect: 'nchan', lacks: `${nothing}, no events from the client`,
    start: (rig) => rig.startConfigured('/usr/sbin/nginx', (file, folder) => ['-e', 'stderr', '-p', folder, '-c', file], nginx, /start worker process \d/),
  },
  nats: {
    label: 'NATS', dialect: 'nats', lacks: nothing,
    start: (rig) => rig.startConfigured('/usr/sbin/nats-server', (file) => ['-c', file], nats, /Server is ready/),
  },
  mosquitto: {
    label: 'mosquitto', dialect: 'mqtt', lacks: nothing,
    start: (rig) => rig.startConfigured('/usr/sbin/mosquitto', (file) => ['-c', file], mosquitto, /mosquitto version \S+ running/),
  },
  limit: {
    label: 'bare epoll loop', dialect: 'websocket', lacks: `${nothing}; no protocol beyond frames: what the kernel costs`,
    async start(rig) {
      const { program, match } = await rig.start(join(build, 'bench/limit/limit'), [], /listening on (\S+)/, { end: (each) => each.dismiss() });
      return { url: `http://${match[1]}`, pid: program.pid, program };
    },
  },
};

/** Names of sides that have a column of their own everywhere. */
export const belfry = ['belfry-socketio', 'belfry-plain'];
export const everybody = Object.keys(sides);

/** For compare(): each of these sides with its own measure. */
export const each = (names, measure) =>
  Object.fromEntries(names.map((name) => [name, { ...sides[name], measure: measure(name) }]));

/**
 * Starts a side, and calls use({ run, rig, server }), where run(mode, options) runs the load generator against it. All of
 * it ends with that. `settings` are of Belfry's [gateway].
 */
export function withSide(name, use, settings) {
  const { dialect, start, collect } = sides[name];
  return withRig(name, async (rig) => {
    const server = await start(rig, settings);
    const run = (mode, options) => load(rig, { dialect, server, mode, ...options });
    return use({ run, rig, server, collect: () => collect?.(server) });
  });
}
