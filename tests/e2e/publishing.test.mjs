// The examples of belfry-publishing(7), verbatim, in each language: what is inserted into the file, by
// a statement or by a trigger, and what is sent over HTTP. (Those for PostgreSQL: application.test.mjs.)

import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { documented, openSite, runProgram, socketClient, top } from './harness.mjs';

const PAGE = 'belfry-publishing.7';
const FILE = '/var/lib/belfry/queue/belfry.db';
const PYTHON = '/usr/bin/python3';
const LARAVEL = "require '/usr/share/php/Illuminate/autoload.php'; use Illuminate\\Database\\Capsule\\Manager as DB;";

/** The example that names the file, with that of the site; `more` tells it from the others. */
const inFile = (site, ...texts) => documented(PAGE, [FILE, ...texts], { [FILE]: site.database });

/** Runs a program that is in a file of the site's folder, which has the modules of the tests. */
function runFile(site, program, name, text, env) {
  writeFileSync(join(site.folder, name), text);
  return runProgram(program, [join(site.folder, name)], { env, cwd: site.folder });
}

/** Each inserts for the user 42, who is a number in the application. */
const writers = {
  'PHP, PDO': (site) => runProgram('php', ['-r', `$user = 42; ${inFile(site, 'new PDO')}`]),
  // Debian's Laravel is older than its PHP, which would print deprecations.
  Laravel: (site) => runProgram('php', ['-d', 'error_reporting=E_ERROR', '-r', `${LARAVEL}
    $user = 42;
    $db = new DB;
    $db->addConnection([${inFile(site, "'driver' => 'sqlite'")}]['belfry'], 'belfry');
    $db->setAsGlobal();
    ${documented(PAGE, ["DB::connection('belfry')"])}`]),
  Python: (site) => runProgram(PYTHON, ['-c', `user = 42\n${inFile(site, 'sqlite3.connect')}`]),
  Django: (site) => runProgram(PYTHON, ['-c', `
from django.conf import settings
DATABASES = {'default': {'ENGINE': 'django.db.backends.dummy'}}
${inFile(site, 'django.db.backends')}
settings.configure(DATABASES=DATABASES)
user = 42
${documented(PAGE, ["connections['belfry']"])}`]),
  Node: (site) => runFile(site, process.execPath, 'write.mjs', `const user = 42;\n${inFile(site, 'new Database')}`),
  Ruby: (site) => runFile(site, '/usr/bin/ruby', 'write.rb', `user = 42\n${inFile(site, 'SQLite3::Database')}`),
  Rails: (site) => runFile(site, '/usr/bin/ruby', 'model.rb', `require 'active_record'
${inFile(site, 'ActiveRecord::Base')}
user = 42
${documented(PAGE, ['BelfryNotification.create!(user_id: user.to_s,', 'Bob wrote'])}`),
};

test('what each language inserts into the file reaches the user', async (t) => {
  const site = await openSite(t);
  symlinkSync(join(top, 'tests/e2e/node_modules'), join(site.folder, 'node_modules'));
  const client = socketClient(t, site.url, { auth: { token: await site.token({ sub: '42' }) } });
  await client.event('connected');
  for (const [name, write] of Object.entries(writers)) {
    await t.test(name, async () => {
      const { code, stdout, stderr } = await write(site);
      assert.equal(code, 0, stdout + stderr);
      const { title, data } = await client.event('notification');
      assert.deepEqual({ title, data }, { title: 'Bob wrote to you', data: { url: '/inbox/7' } });
    });
  }
  await t.test('a trigger', async () => {
    await site.sql(`CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, paid BOOLEAN NOT NULL DEFAULT 0);
      INSERT INTO orders (id, customer) VALUES (7, 42), (8, 1);
      ${documented(PAGE, ['CREATE TRIGGER order_paid', 'BEGIN\n    INSERT INTO notifications'])}`);
    await site.sql('UPDATE orders SET paid = 1 WHERE id = 7; UPDATE orders SET paid = 1');
    const { title, data } = await client.event('notification');
    assert.deepEqual({ title, data }, { title: 'Your order is paid', data: { url: '/orders/7' } });
    assert.equal((await site.sql("SELECT count(*) AS n FROM notifications WHERE title = 'Your order is paid'"))[0].n, 2);
  });
});

/** Each publishes for alice. */
const requests = {
  curl: (site, env) => runProgram('sh', ['-c', documented(PAGE, ['curl'])], { env }),
  PHP: (site, env) => runProgram('php', ['-r', `$user = 'alice';\n${documented(PAGE, ['file_get_contents'])}`], { env }),
  Python: (site, env) => runProgram(PYTHON, ['-c', `user = 'alice'\n${documented(PAGE, ['urllib'])}`], { env }),
  JavaScript: (site, env) => runFile(site, process.execPath, 'ring.mjs', `const user = 'alice';\n${documented(PAGE, ['await fetch'])}`, env),
  Ruby: (site, env) => runFile(site, '/usr/bin/ruby', 'ring.rb', `user = 'alice'\n${documented(PAGE, ['net/http', 'Net::HTTP.post'])}`, env),
  Go: async (site, env) => {
    const files = ['notify.go', 'main.go'].map((name) => join(site.folder, name));
    writeFileSync(files[0], documented(PAGE, ['package main']));
    writeFileSync(files[1], `package main
import ("fmt"; "os")
func main() {
  if err := Notify("alice", "Invoice 4711 is paid", "invoice-4711-paid"); err != nil {
    fmt.Println(err)
    os.Exit(1)
  }
}`);
    const { code, stderr } = await runProgram('gccgo', ['-o', join(site.folder, 'notify'), ...files]);
    assert.equal(code, 0, stderr);
    return runProgram(join(site.folder, 'notify'), [], { env });
  },
};

test('what each language publishes over HTTP reaches the user, once, and a wrong key is an error', async (t) => {
  const site = await openSite(t);
  await site.startPublish();
  const BELFRY_URL = `${await site.startWeb('nginx')}/api/belfry`;
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  assert.equal(documented('belfry-publish.8', ['curl']), documented(PAGE, ['curl']));
  for (const [name, run] of Object.entries(requests)) {
    await t.test(name, async () => {
      // A key of its own: the Idempotency-Key is the same in all of them.
      const BELFRY_KEY = await site.key(`of-${name}`);
      const first = await run(site, { BELFRY_KEY, BELFRY_URL });
      assert.equal(first.code, 0, first.stdout + first.stderr);
      assert.match((await alice.event('notification')).title, /^(Bob wrote to you|Invoice 4711 is paid)$/);
      if (name !== 'curl') assert.equal((await run(site, { BELFRY_KEY, BELFRY_URL })).code, 0);
      assert.notEqual((await run(site, { BELFRY_KEY: 'wrong', BELFRY_URL })).code, 0);
    });
  }
  assert.equal((await site.sql('SELECT count(*) AS n FROM notifications'))[0].n, Object.keys(requests).length);
});
