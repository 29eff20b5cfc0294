// Real web servers with the configuration of deploy/, in which only fixed paths and
// ports are replaced by those of the test.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from './end.mjs';
import { startOnFreePort } from './port.mjs';
import { build, Program, top } from './program.mjs';

/** A file of deploy/ with these texts replaced; it is an error if one is missing. */
export function deployed(file, replacements) {
  let text = readFileSync(join(top, 'deploy', file), 'utf8');
  for (const [from, to] of Object.entries(replacements)) {
    assert.ok(text.includes(from), `deploy/${file} no longer says ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** Matches the block for tokens, with the comment that says when to leave it out. */
const TOKENS = /^# Tokens: (.*\n)*?# block out where the application has a route \/api\/websocket\/auth of its own,\n(.+\n)+/m;

/** A configuration of deploy/ for a site with its own route for tokens. */
function withoutTokens(configuration) {
  assert.match(configuration, TOKENS);
  const left = configuration.replace(TOKENS, '');
  assert.ok(!left.includes('auth.sock'), left);
  return left;
}

/** A self-signed certificate for 127.0.0.1: { certificate, key }, both file names. */
function makeCertificate(folder) {
  const tls = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') };
  const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, ...name, '-keyout', tls.key, '-out', tls.certificate], { stdio: 'ignore' });
  return tls;
}

const LIGHTTPD_TLS = ({ certificate, key }) => `server.modules += ( "mod_openssl" )
ssl.engine = "enable"
ssl.pemfile = "${certificate}"
ssl.privkey = "${key}"`;

function lighttpdConfiguration({ folder, port, gateway, authSocket, publishSocket, more, tls }) {
  const [host, gatewayPort] = gateway.split(':');
  const belfry = deployed('lighttpd.conf', {
    '/run/belfry/auth.sock': authSocket,
    '/run/belfry/publish.sock': publishSocket,
    '"host" => "127.0.0.1", "port" => 8081': `"host" => "${host}", "port" => ${gatewayPort}`,
  });
  return `server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${folder}/www"
server.upload-dirs = ( "${folder}" )
${tls ? LIGHTTPD_TLS(tls) : ''}
${more}
${belfry}`;
}

/**
 * The file that says how two gateways stand behind nginx, for these two. Tests end both at
 * once, and then no request may meet the seconds in which nginx holds them for dead.
 */
function nginxGateways([one, two]) {
  return deployed('nginx-gateways.conf', {
    '10.0.0.1:8081 fail_timeout=2s': `${one} max_fails=0`,
    '10.0.0.2:8081 fail_timeout=2s': `${two} max_fails=0`,
  });
}

function nginxConfiguration({ folder, port, gateway, gateways, authSocket, publishSocket, more, tls, http2, before = '' }) {
  const belfry = deployed('nginx.conf', {
    'unix:/run/belfry/auth.sock': `unix:${authSocket}`,
    'unix:/run/belfry/publish.sock': `unix:${publishSocket}`,
    'proxy_pass http://127.0.0.1:8081;': gateways
      ? 'proxy_pass http://belfry_gateways;\n    add_header Set-Cookie $belfry_gateway_cookie;'
      : `proxy_pass http://${gateway};`,
  });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/nginx-${kind};`,
  );
  return `daemon off;
pid ${folder}/nginx.pid;
error_log stderr notice;
${process.getuid() === 0 ? 'user root;' : ''}
worker_processes 1;
events { worker_connections 8192; }
http {
    access_log off;
    ${temporary.join('\n    ')}
    ${before}
    ${gateways ? nginxGateways(gateways) : ''}
    server {
        listen 127.0.0.1:${port}${tls ? ' ssl' : ''}${http2 ? ' http2' : ''};
        ${tls ? `ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};` : ''}
        root ${folder}/www;
        ${more}
        ${belfry}
    }
}`;
}

/** Those modules of Debian's default configuration that matter here. */
const APACHE_DEFAULTS = [
  'mpm_event', 'authn_core', 'authz_core', 'authn_file', 'auth_basic', 'authz_user', 'alias', 'dir', 'env', 'mime', 'reqtimeout',
  'setenvif',
];

/** The modules that a file of deploy/ says to enable, and their dependencies. */
function apacheModules(...files) {
  const said = files.flatMap((file) => deployed(file, {}).match(/a2enmod (.+)/)[1].split(' '));
  const all = [...APACHE_DEFAULTS, ...(said.some((name) => name.startsWith('proxy_')) ? ['proxy'] : []), ...said];
  return all.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n');
}

/** Apache's workers never run as root, so the test's folder is given to their user. */
function apacheUser(folder) {
  if (process.getuid() !== 0) return '';
  execFileSync('chown', ['--recursive', 'www-data:www-data', folder]);
  return 'User www-data\nGroup www-data';
}

/** As in Debian's defaults: access to the site's folder only, and Belfry's part before the sites. */
function apacheSite(modules, belfry, { folder, port, more, tls }) {
  return `ServerRoot "${folder}"
ServerName localhost
PidFile "${folder}/apache.pid"
ErrorLog "|/bin/cat"
LogLevel notice
${modules}
${tls ? 'LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so' : ''}
TypesConfig /dev/null
${apacheUser(folder)}
<Directory />
    Require all denied
</Directory>
<Directory "${folder}/www">
    Require all granted
</Directory>
Listen 127.0.0.1:${port}
${belfry}
<VirtualHost *:${port}>
    DocumentRoot "${folder}/www"
    ${tls ? `SSLEngine on\nSSLCertificateFile ${tls.certificate}\nSSLCertificateKeyFile ${tls.key}` : ''}
    ${more}
</VirtualHost>
`;
}

function apacheParts({ gateway, authSocket, publishSocket }) {
  return deployed('apache.conf', {
    'unix:/run/belfry/auth.sock|': `unix:${authSocket}|`,
    'unix:/run/belfry/publish.sock|': `unix:${publishSocket}|`,
    'http://127.0.0.1:8081/': `http://${gateway}/`,
  });
}

function apacheConfiguration(options) {
  return apacheSite(apacheModules('apache.conf'), apacheParts(options), options);
}

/** As apache-cgi.conf says: that file replaces apache.conf's blocks for tokens and for publishing. */
function apacheCgiConfiguration(options, changeModules = (modules) => modules) {
  const { folder, config, clock } = options;
  const tokens = /^<Location "\/api\/websocket\/auth">\n(.*\n)*?<\/Location>\n/m;
  const publishing = /^<Location "\/api\/belfry\/">\n(.*\n)*?<\/Location>\n/m;
  const parts = apacheParts(options);
  for (const block of [tokens, publishing]) assert.match(parts, block);
  const cgi = deployed('apache-cgi.conf', { '/usr/local/libexec/belfry': build });
  const own = `ScriptSock "${folder}/cgid.sock"
SetEnv BELFRY_CONFIG "${config}"
SetEnv BELFRY_TEST_CLOCK "${clock}"
SetEnv ASAN_OPTIONS "detect_leaks=1:exitcode=99"`;
  const modules = changeModules(apacheModules('apache.conf', 'apache-cgi.conf'));
  return apacheSite(modules, parts.replace(publishing, '').replace(tokens, () => `${cgi}\n${own}\n`), options);
}

/** The same with mpm_prefork, which has no threads: there mod_cgi starts the program. */
function apachePreforkConfiguration(options) {
  const configuration = apacheCgiConfiguration(options, (modules) =>
    modules.replaceAll('mpm_event', 'mpm_prefork').replace('cgid_module', 'cgi_module').replace('mod_cgid', 'mod_cgi'),
  );
  return configuration.replace(/^ScriptSock.*$/m, '');
}

function caddyConfiguration({ folder, port, gateway, authSocket, publishSocket, more, tls }) {
  const belfry = deployed('Caddyfile', {
    'unix//run/belfry/auth.sock': `unix/${authSocket}`,
    'unix//run/belfry/publish.sock': `unix/${publishSocket}`,
    '127.0.0.1:8081': gateway,
  });
  return `{
	admin off
	storage file_system ${folder}/caddy
	auto_https disable_redirects
}
${tls ? 'https' : 'http'}://:${port} {
	bind 127.0.0.1
	${tls ? `tls ${tls.certificate} ${tls.key}` : ''}
	root * ${folder}/www
	${more}
	${belfry}
	file_server
}
`;
}

/** The ids of a process's children. */
function childrenOf(pid) {
  const { stdout } = spawnSync('pgrep', ['--parent', String(pid)], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean);
}

/**
 * Apache's threads do not notice a shutdown while they proxy a WebSocket, and the
 * other processes wait ten seconds for them: so all of its processes are killed at
 * once. The first process is stopped before, so that it starts no new child.
 */
async function killApache(program) {
  program.signal('SIGSTOP');
  const children = childrenOf(program.pid);
  program.signal('SIGKILL');
  spawnSync('kill', ['-KILL', ...children]);
  await program.dismiss('SIGKILL');
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
  apache: {
    path: '/usr/sbin/apache2',
    configuration: apacheConfiguration,
    args: (file) => ['-D', 'FOREGROUND', '-f', file],
    ready: /resuming normal operations/,
    end: killApache,
  },
  'apache-cgi': {
    path: '/usr/sbin/apache2',
    configuration: apacheCgiConfiguration,
    args: (file) => ['-D', 'FOREGROUND', '-f', file],
    ready: /resuming normal operations/,
    end: killApache,
  },
  'apache-prefork-cgi': {
    path: '/usr/sbin/apache2',
    configuration: apachePreforkConfiguration,
    args: (file) => ['-D', 'FOREGROUND', '-f', file],
    ready: /resuming normal operations/,
    end: killApache,
  },
  caddy: {
    path: '/usr/bin/caddy',
    configuration: caddyConfiguration,
    args: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
    ready: /serving initial configuration/,
  },
};

/**
 * Starts a web server. `gateway` is "127.0.0.1:port", or, for nginx, `gateways` is two of
 * those; `more` goes into its
 * configuration before Belfry's part; with `tls`, it speaks HTTPS only. Returns
 * { url, program, ca }.
 */
export async function startWebServer(test, kind, options) {
  const { path, configuration, args, ready, end = (program) => program.dismiss() } = servers[kind];
  const { folder, env } = options;
  mkdirSync(join(folder, 'www'), { recursive: true });
  const tls = options.tls ? makeCertificate(folder) : undefined;
  const { url, program } = await startOnFreePort(async (port) => {
    const file = join(folder, `${kind}.conf`);
    const text = configuration({ ...options, tls, port });
    writeFileSync(file, options.ownRoute ? withoutTokens(text) : text);
    const started = new Program(test, path, args(file, folder), { env });
    atEnd(test, () => end(started));
    await started.line(ready);
    return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, program: started };
  });
  return { url, program, ca: tls && readFileSync(tls.certificate) };
}
