// A PostgreSQL server behind a network that can be cut: it runs in a network namespace of
// its own, and gateways reach it over a veth pair. The tests themselves go by its Unix
// socket, which is no part of that network. Needs root.

import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { OwnPostgresServer } from './postgres.mjs';
import { makeCluster } from './postgres-server.mjs';

const ip = (...args) => execFileSync('ip', args, { stdio: 'pipe' });

class Network {
  constructor() {
    // One for each process of tests that may run beside this one.
    const { pid } = process;
    this.name = `belfry-${pid}`;
    this.links = [`bf${pid}a`, `bf${pid}b`];
    const net = `10.${200 + (pid >> 14) % 50}.${(pid >> 6) % 256}`;
    this.addresses = [`${net}.${4 * (pid % 64) + 1}`, `${net}.${4 * (pid % 64) + 2}`];
    ip('netns', 'add', this.name);
    process.once('exit', () => ip('netns', 'del', this.name));
    const [here, there] = this.links;
    ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', this.name);
    ip('addr', 'add', `${this.addresses[0]}/30`, 'dev', here);
    ip('-n', this.name, 'addr', 'add', `${this.addresses[1]}/30`, 'dev', there);
    ip('link', 'set', here, 'up');
    this.heal();
  }

  /** From here on, packets are lost, and nobody is told. */
  cut() {
    ip('-n', this.name, 'link', 'set', this.links[1], 'down');
  }

  heal() {
    ip('-n', this.name, 'link', 'set', this.links[1], 'up');
  }
}

/** Its programs' logins go over the network; `network` cuts and heals it. */
class DistantServer extends OwnPostgresServer {
  constructor(network) {
    super({
      enter: ['nsenter', `--net=/run/netns/${network.name}`, '--'],
      make: (folder) => {
        makeCluster(folder);
        appendFileSync(join(folder, 'data/pg_hba.conf'), `host all all ${network.addresses[0]}/32 trust\n`);
      },
    });
    this.network = network;
  }

  url(user, database) {
    return user === 'gate' ? `postgresql://gate@${this.network.addresses[1]}/${database}` : super.url(user, database);
  }
}

export async function distantServer() {
  const network = new Network();
  const server = new DistantServer(network);
  await server.start([`listen_addresses=${network.addresses[1]}`]);
  return server;
}
