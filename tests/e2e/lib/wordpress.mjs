// Debian's WordPress with its own MariaDB, and the plugin of deploy/examples. Its pages are those that
// a test needs: /login and /leave of the user 1, /footer, /comment by somebody else, /ring, and what
// the plugin answers.

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from './end.mjs';
import { startOnFreePort } from './port.mjs';
import { Program, top } from './program.mjs';
import { shown } from './tutorial.mjs';

const DATABASE_OPTIONS = ['--skip-networking', '--skip-grant-tables', '--innodb-buffer-pool-size=16M',
  '--innodb-log-file-size=8M', '--innodb-flush-log-at-trx-commit=0'];

/** A server whose only file of rights would be its folder. */
async function startDatabase(t, site) {
  const data = join(site.folder, 'mariadb');
  const socket = join(site.folder, 'mariadb.sock');
  mkdirSync(data);
  const user = process.getuid() === 0 ? ['--user=root'] : [];
  const server = new Program(t, '/usr/sbin/mariadbd', ['--no-defaults', `--datadir=${data}`, `--socket=${socket}`,
    `--pid-file=${join(data, 'pid')}`, ...user, ...DATABASE_OPTIONS]);
  atEnd(t, () => server.kill());
  await server.line(/ready for connections/);
  return socket;
}

const router = (site, socket, secret) => `<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
define('ABSPATH', '/usr/share/wordpress/');
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:${socket}');
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('WPMU_PLUGIN_DIR', '${join(site.folder, 'mu-plugins')}');
define('WP_INSTALLING', $path === '/install');
define('BELFRY_DATABASE', '${site.database}');
$table_prefix = 'wp_';
if ($path === '/install') (new mysqli(socket: '${socket}'))->query('CREATE DATABASE wordpress');
${secret}
require ABSPATH . 'wp-settings.php';
$pages = [
    '/install' => function () {
        require ABSPATH . 'wp-admin/includes/upgrade.php';
        wp_install('A site', 'alice', 'alice@example.com', false, '', 'password');
    },
    '/login' => fn () => wp_set_auth_cookie(1),
    '/leave' => fn () => wp_logout(),
    '/footer' => fn () => do_action('wp_footer'),
    '/comment' => fn () => wp_new_comment(['comment_post_ID' => 1, 'comment_author' => 'Bob', 'comment_content' => 'Well said',
        'comment_author_email' => 'bob@example.com', 'comment_author_url' => '', 'comment_type' => 'comment', 'user_id' => 0]),
    '/ring' => function () {
        $user = wp_get_current_user();
        ${shown('docs/wordpress.md', 'php', ['belfry_notify($user'])}
    },
];
add_filter('pre_comment_approved', fn () => 1);
add_filter('pre_wp_mail', fn () => true);
if (isset($pages[$path])) $pages[$path]();
else status_header(404);
`;

/** Returns the address of a site that is installed, and signs user 1 in: { url, cookie }. */
export async function startWordPress(t, site, secret) {
  const socket = await startDatabase(t, site);
  mkdirSync(join(site.folder, 'mu-plugins'));
  copyFileSync(join(top, 'deploy/examples/wordpress.php'), join(site.folder, 'mu-plugins/belfry.php'));
  writeFileSync(join(site.folder, 'router.php'), router(site, socket, secret));
  const url = await startOnFreePort(async (port) => {
    const server = new Program(t, 'php', ['-d', 'error_reporting=E_ERROR', '-S', `127.0.0.1:${port}`, 'router.php'],
      { cwd: site.folder, secrets: site.secrets });
    await server.line(/Development Server .* started/);
    atEnd(t, () => server.kill());
    return `http://127.0.0.1:${port}`;
  });
  await fetch(`${url}/install`);
  const answer = await fetch(`${url}/login`);
  const cookie = answer.headers.getSetCookie().map((each) => each.split(';')[0]).filter((each) => each.includes('logged_in')).join('; ');
  return { url, cookie };
}
