// Who may write the files that the programs trust: a file that a publisher could have
// written is accepted neither as sessions nor as a secret, and root follows none of
// their links.

import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, build, openSite, plainClient, Program, runProgram, Site, top } from './harness.mjs';

const PATH = '/api/websocket/auth';
const needsRoot = process.getuid() === 0 ? {} : { skip: 'files are given to other users here, which takes root' };

/** Users and groups that exist on every Debian. */
const id = async (option, name) => Number((await runProgram('id', [option, name])).stdout);
const publishers = async () => Number((await runProgram('getent', ['group', 'games'])).stdout.split(':')[2]);

/** Runs a program as a publisher: www-data, in the group of publishers. */
const asPublisher = (args) => runProgram('setpriv', ['--reuid=www-data', '--regid=www-data', '--groups=games', '--', ...args]);

/** A site as root installs it: a group of publishers may write to the queue's folder; sessions are elsewhere. */
class Installation extends Site {
  constructor(t, settings = {}) {
    super(t, settings);
    this.state = join(this.folder, 'state');
    this.queueFolder = join(this.state, 'queue');
    this.database = join(this.queueFolder, 'belfry.db');
    this.sessions = join(this.state, 'sessions/sessions.db');
    chmodSync(this.folder, 0o755);
    this.configure();
  }

  configure(more = {}) {
    super.configure({ ...more, belfry: { database: this.database, ...more.belfry } });
  }

  async install({ sessions = true } = {}) {
    await this.belfry(['init', '--owner', 'daemon', '--group', 'games', ...(sessions ? ['--sessions'] : [])]);
    return this;
  }

  async asker(options) {
    await this.startAuth(options);
    const url = await this.startWeb('nginx');
    return (cookie) => fetch(url + PATH, { headers: { cookie } });
  }
}

/** A session database in which the cookie belongs to admin. */
const FORGED = 'forged-session-of-nobody';
const FORGERY = `CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT, email TEXT, role TEXT);
  CREATE TABLE sessions (sessionToken TEXT PRIMARY KEY, userId TEXT, expires TEXT);
  INSERT INTO users VALUES ('admin', 'Admin', 'admin@example.com', 'admin');
  INSERT INTO sessions VALUES ('${FORGED}', 'admin', '2999-01-01T00:00:00.000Z')`;
const forgedCookie = `authjs.session-token=${FORGED}`;

async function checkRefused(site, sentence) {
  for (const program of ['belfry-auth', 'belfry-gateway']) {
    const { code, stdout, stderr } = await runProgram(join(build, program), ['--config', site.config, '--check'], { env: site.env });
    assert.equal(code, 1, `${program} --check\n${stdout}${stderr}`);
    assert.match(stdout + stderr, sentence, program);
  }
  const { stderr } = await site.belfry(['session', 'list'], { status: 1 });
  assert.match(stderr, sentence);
}

test('belfry init as root keeps publishers and sessions apart', needsRoot, async (t) => {
  const site = await new Installation(t).install();
  const mode = (path) => (statSync(path).mode & 0o7777).toString(8);
  const [daemon, games] = [await id('-u', 'daemon'), await publishers()];
  assert.equal(mode(site.queueFolder), '2770');
  assert.equal(mode(site.database), '660');
  assert.equal(mode(join(site.state, 'sessions')), '700');
  assert.equal(mode(site.sessions), '600');
  for (const path of [site.queueFolder, site.database]) {
    assert.deepEqual([statSync(path).uid, statSync(path).gid], [daemon, games]);
  }
  assert.equal(statSync(site.sessions).uid, daemon);
  const insert = "INSERT INTO notifications (user_id, title) VALUES ('alice', 'x') RETURNING title";
  assert.equal((await asPublisher(['sqlite3', site.database, insert])).stdout, 'x\n');
  assert.notEqual((await asPublisher(['ls', join(site.state, 'sessions')])).code, 0);
  // Commands run as root leave no files of root's there.
  await site.belfry(['user', 'add', 'alice']);
  const cookie = (await site.session('alice')).cookie;
  await site.belfry(['send', '--user', 'alice', '--title', 'x']);
  for (const path of [`${site.database}-wal`, `${site.sessions}-wal`]) assert.equal(statSync(path).uid, daemon);
  const ask = await site.asker();
  assert.equal((await ask(cookie)).status, 200);
});

test('a session database that a publisher puts next to the queue signs nobody in', needsRoot, async (t) => {
  const site = await new Installation(t).install({ sessions: false });
  const ask = await site.asker();
  const planted = join(site.queueFolder, 'sessions.db');
  assert.equal((await asPublisher(['sqlite3', planted, FORGERY])).code, 0);
  assert.ok(existsSync(planted));
  assert.notEqual((await ask(forgedCookie)).status, 200);
  await site.auth.stop();
  const again = await site.asker();
  assert.notEqual((await again(forgedCookie)).status, 200);
  assert.match(site.auth.output, /sessions\.db is not used.*belfry init --sessions/);
});

// The programs do not run as root here: a publisher's files are accessible to the publisher only.
for (const [name, place, plant] of [
  ['by a group that has no members', 'state/queue/sessions.db', (file) => ['sqlite3', file, FORGERY]],
  ['as another name of the queue', 'state/queue/sessions.db', (file) => ['sh', '-c',
    `sqlite3 ${join(file, '../belfry.db')} "$0" && ln ${join(file, '../belfry.db')} ${file}`, FORGERY.replaceAll('TABLE users', 'TABLE user').replaceAll('INTO users', 'INTO user')]],
  ['in a folder of its own where sessions could be', 'state/sessions/sessions.db', (file) => ['sh', '-c', `mkdir ${join(file, '..')} && sqlite3 ${file} "$0"`, FORGERY]],
]) {
  test(`a session database that a publisher plants ${name} signs nobody in`, needsRoot, async (t) => {
    const site = new Installation(t);
    await site.belfry(['init', '--owner', 'daemon', '--group', 'operator']);
    if (place.includes('/sessions/')) chownSync(site.state, await id('-u', 'www-data'), 0);
    chownSync(join(site.folder, 'secret'), await id('-u', 'daemon'), 0);
    const planted = join(site.folder, place);
    const { code, stderr } = await runProgram('setpriv', ['--reuid=www-data', '--regid=www-data', '--groups=operator', '--', ...plant(planted)]);
    assert.equal(code, 0, stderr);
    assert.ok(existsSync(planted));
    const { stdout } = await runProgram('setpriv', ['--reuid=daemon', '--regid=daemon', '--clear-groups', '--', join(build, 'belfry-auth')], {
      env: { ...site.env, REQUEST_METHOD: 'GET', HTTP_COOKIE: forgedCookie },
    });
    assert.match(stdout, /^Status: (401|503)/);
  });
}

test('an application can always write its sessions, whatever the programs may read', needsRoot, async (t) => {
  const site = await new Installation(t).install({ sessions: false });
  const folder = join(site.folder, 'app');
  const file = join(folder, 'app.db');
  const as = (user, group, args, options) => runProgram('setpriv', [`--reuid=${user}`, `--regid=${user}`, `--groups=${group}`, '--', ...args], options);
  const write = async (sql) => assert.deepEqual(await as('backup', 'backup', ['sqlite3', file, sql]), { code: 0, stdout: '', stderr: '' });
  const login = (user) => write(`INSERT INTO sessions VALUES ('session-of-${user}', '${user}', '2999-01-01T00:00:00.000Z')`);
  const ask = () => as('daemon', 'backup', [join(build, 'belfry-auth')], {
    env: { ...site.env, REQUEST_METHOD: 'GET', HTTP_COOKIE: 'authjs.session-token=session-of-alice' },
  });
  mkdirSync(folder);
  chownSync(folder, await id('-u', 'backup'), await id('-g', 'backup'));
  chmodSync(folder, 0o2770);
  assert.equal((await as('backup', 'backup', ['sqlite3', file, 'PRAGMA journal_mode = WAL; CREATE TABLE sessions (sessionToken, userId, expires)'])).code, 0);
  chmodSync(file, 0o660);
  chownSync(join(site.folder, 'secret'), await id('-u', 'daemon'), 0);
  site.configure({ auth: { session_database: file } });
  await login('alice');
  const granted = await ask();
  assert.match(granted.stdout, /^Status: 200/);
  const [, token] = granted.stdout.match(/"token":"([^"]+)"/);

  chmodSync(file, 0o644);
  const sentence = /app\.db is not opened: it has no -wal and -shm now, and backup could not write those that daemon would make: usermod -aG backup daemon; cd \S+\/app; chgrp backup \. app\.db; chmod 2770 \.; chmod 660 app\.db; then restart Belfry/;
  const gateway = new Program(t, 'setpriv', ['--reuid=daemon', '--regid=daemon', '--groups=backup', '--', join(build, 'belfry-gateway')], { env: site.env, secrets: new Set([token]) });
  atEnd(t, () => gateway.stop());
  const [, address] = await gateway.line(/listening on (\S+)/);
  const client = plainClient(t, `http://${address}/ws`, { token });
  await gateway.line(sentence);
  const refused = await ask();
  assert.match(refused.stdout, /^Status: 503/);
  assert.match(refused.stderr, sentence);
  await login('bob');

  chmodSync(file, 0o660);
  await gateway.line(/for logouts works again/);
  assert.match((await ask()).stdout, /^Status: 200/);
  await write("DELETE FROM sessions WHERE userId = 'alice'");
  await client.inbox.next((frame) => frame.close);
  await gateway.stop();
  await login('carol');

  chmodSync(file, 0o644);
  const bell = (args) => as('daemon', 'backup', [join(build, 'belfry'), ...args], { env: site.env });
  assert.match((await bell(['session', 'list'])).stderr, /app\.db: is not a sessions file of Belfry/);
  await login('dave');
  assert.match((await bell(['session', 'revoke', '1'])).stderr, sentence);
  assert.match((await bell(['--database', file, 'send', '--user', 'alice', '--title', 'x'])).stderr, sentence);
  await login('erin');
});

test('a session store that others may write or replace is refused', needsRoot, async (t) => {
  const site = await new Installation(t).install();
  await site.belfry(['user', 'add', 'alice']);
  const folder = join(site.state, 'sessions');
  const games = await publishers();
  const [www, owner] = [await id('-u', 'www-data'), statSync(site.sessions).uid];
  const cases = {
    'the file is everybody\'s': [() => chmodSync(site.sessions, 0o666), () => chmodSync(site.sessions, 0o600), /everybody may write it.*chmod o-w/],
    'its folder is everybody\'s': [() => chmodSync(folder, 0o777), () => chmodSync(folder, 0o700), /everybody may write the folder.*chmod o-w/],
    'its folder is a group\'s': [
      () => { chownSync(folder, owner, games); chmodSync(folder, 0o2770); },
      () => { chownSync(folder, owner, owner); chmodSync(folder, 0o700); }, /the group games, which \S+ is in, may write the folder.*chmod g-w/],
    'a folder above is everybody\'s': [() => chmodSync(site.state, 0o777), () => chmodSync(site.state, 0o755), /everybody may write the folder/],
    'its folder is another user\'s': [() => chownSync(folder, www, 0), () => chownSync(folder, owner, owner), /is the user www-data's.*chown/],
    'its -wal is everybody\'s': [
      () => { writeFileSync(`${site.sessions}-wal`, ''); chmodSync(`${site.sessions}-wal`, 0o666); },
      () => chmodSync(`${site.sessions}-wal`, 0o600), /sessions\.db-wal.*chmod o-w/],
  };
  site.configure({ auth: { session_database: site.sessions } });
  const { cookie } = await site.session('alice');
  for (const [name, [spoil, mend, sentence]] of Object.entries(cases)) {
    await t.test(name, async (step) => {
      spoil();
      await checkRefused(site, sentence);
      const ask = await site.asker();
      assert.equal((await ask(cookie)).status, 503);
      await site.auth.stop();
      mend();
      const good = await site.asker();
      assert.equal((await good(cookie)).status, 200);
      await site.auth.stop();
    });
  }
});

test('an application lets belfry read its session store through a shared group', needsRoot, async (t) => {
  const site = await new Installation(t).install({ sessions: false });
  const data = join(site.folder, 'data');
  const file = join(data, 'app.db');
  const backup = await id('-u', 'backup');
  mkdirSync(data);
  await site.sql(FORGERY, file);
  for (const path of [data, file]) chownSync(path, backup, backup);
  chmodSync(data, 0o2770);
  chmodSync(file, 0o660);
  site.configure({ auth: { session_database: file } });
  const ask = await site.asker();
  assert.equal((await ask(forgedCookie)).status, 200);
});

test('a sticky folder above a session store is accepted', async (t) => {
  const site = await openSite(t, { gateway: false });
  chmodSync(site.folder, 0o1777);
  const { code, stdout } = await runProgram(join(build, 'belfry-auth'), ['--config', site.config, '--check'], { env: site.env });
  assert.equal(code, 0, stdout);
});

test('a secret that others may read causes a warning everywhere, with the command that fixes it', async (t) => {
  const site = await openSite(t, { gateway: false });
  const secret = join(site.folder, 'secret');
  chmodSync(secret, 0o644);
  const sentence = new RegExp(`to be changed: secret file ${secret} is used, but everybody may read it: chmod 0400 ${secret}`);
  for (const program of ['belfry-auth', 'belfry-gateway']) {
    const { code, stdout, stderr } = await runProgram(join(build, program), ['--config', site.config, '--check'], { env: site.env });
    assert.equal(code, 0, program);
    assert.match(stdout + stderr, sentence);
  }
  await site.startGateway();
  await site.gateway.line(sentence);
  assert.match((await site.belfry(['status'])).stderr, sentence);
  chmodSync(secret, 0o400);
  assert.doesNotMatch((await site.belfry(['status'])).stderr, /to be changed/);
});

test('a secret that others may write is refused, with the command that fixes it', async (t) => {
  const site = await openSite(t, { gateway: false });
  const secret = join(site.folder, 'secret');
  chmodSync(secret, 0o602);
  const sentence = new RegExp(`everybody may write it: chmod o-w ${secret}`);
  const gateway = await runProgram(join(build, 'belfry-gateway'), ['--config', site.config], { env: site.env });
  assert.equal(gateway.code, 2);
  assert.match(gateway.stderr, sentence);
  for (const [program, args, status] of [['belfry-auth', ['--check'], 1], ['belfry-gateway', ['--check'], 2]]) {
    const { code, stdout, stderr } = await runProgram(join(build, program), ['--config', site.config, ...args], { env: site.env });
    assert.equal(code, status, program);
    assert.match(stdout + stderr, sentence);
  }
  assert.match((await site.belfry(['token', 'issue', 'alice'], { status: 2 })).stderr, sentence);
  chmodSync(secret, 0o400);
  await site.belfry(['token', 'issue', 'alice']);
});

for (const [name, secret, sentence] of [
  ['repeats one character', 'a'.repeat(32), /openssl rand -base64 33/],
  ['ends with CR LF', `${'0123456789abcdef'.repeat(3)}\r\n`, /carriage return.*sed/],
]) {
  test(`a secret that ${name} is refused`, async (t) => {
    const site = await openSite(t, { gateway: false });
    writeFileSync(join(site.folder, 'secret'), secret);
    const { code, stderr } = await runProgram(join(build, 'belfry-gateway'), ['--config', site.config], { env: site.env });
    assert.equal(code, 2);
    assert.match(stderr, sentence);
    assert.ok(!stderr.includes(secret.trim()));
  });
}

/** The output of belfry in a mount namespace, where /var/lib is empty and www-data is in the group daemon. */
async function inOlderWorld(site, commands) {
  const script = `set -e
mount -t tmpfs none /var/lib
sed 's/^daemon:.*/&www-data/' /etc/group >/var/lib/group
mount --bind /var/lib/group /etc/group
install -d -m 2770 -o daemon -g daemon /var/lib/belfry
PATH=${build}:$PATH
belfry --database /var/lib/belfry/belfry.db init --owner daemon --group daemon
${commands}`;
  const { code, stdout, stderr } = await runProgram('unshare', ['--mount', 'sh', '-c', script], { env: { ...site.env, BELFRY_CONFIG: '/dev/null', AUTH_SECRET: site.secret } });
  assert.equal(code, 0, stdout + stderr);
  return stdout + stderr;
}

test('an installation of the older layout keeps working, and is told what to change', needsRoot, async (t) => {
  const site = new Site(t, {});
  const before = await inOlderWorld(site, `belfry send alice Hello
belfry queue list
belfry status || true
echo by --check:
belfry-gateway --check 2>&1
belfry-auth --check 2>&1 || true`);
  assert.match(before, /alice +pending/);
  const group = /to be changed: www-data can publish as a member of the programs' own group daemon: .*/g;
  const place = /to be changed: the queue lies where older versions had it: stop both programs, then: (.*); and set database = \S+/g;
  for (const sentence of [group, place]) assert.equal(before.match(sentence)?.length, 3, before);

  const [, move] = new RegExp(place.source).exec(before);
  const after = await inOlderWorld(site, `belfry send alice Hello
${move.replaceAll('-g belfry-publish', '-g games').replaceAll('-o belfry ', '-o daemon ')}
belfry queue list
belfry status || true`);
  assert.match(after, /alice +pending/);
  assert.doesNotMatch(after, /to be changed/);
});

test('no program takes the URL of a database server for a file', async (t) => {
  const site = await openSite(t, { gateway: false });
  for (const value of ['pgsql://bob:hidden@db.example/shop', 'mysql://bob:hidden@db/shop', 'file:x.db', 'http://db.example/']) {
    site.configure({ belfry: { database: value } });
    for (const [program, args] of [['belfry', ['init']], ['belfry', ['status']], ['belfry-gateway', []], ['belfry-gateway', ['--check']], ['belfry-auth', ['--check']]]) {
      const { code, stdout, stderr } = await runProgram(join(build, program), ['--config', site.config, ...args], { env: { BELFRY_TEST_CLOCK: site.clock }, cwd: site.folder });
      assert.equal(code, 2, `${program} ${args} with ${value}\n${stdout}${stderr}`);
      assert.match(stderr, /SQLite file|a file is needed/);
      assert.doesNotMatch(stdout + stderr, /hidden/);
    }
    const { code } = await runProgram(join(build, 'belfry'), ['--database', value, 'init'], { cwd: site.folder });
    assert.equal(code, 2);
    assert.ok(!existsSync(join(site.folder, value.split('/')[0])));
  }
});

test('a path with shell syntax creates no file and no folder', async (t) => {
  const site = await openSite(t, { gateway: false });
  for (const value of ['"queue/belfry.db"', "'queue/belfry.db'", '~/belfry.db']) {
    for (const [args, env] of [[['--database', value, 'init'], {}], [['init'], { BELFRY_DATABASE: value }]]) {
      const { code, stderr } = await runProgram(join(build, 'belfry'), args, { cwd: site.folder, env });
      assert.equal(code, 2, value);
      assert.match(stderr, /leave them out|only a shell knows/);
    }
    assert.ok(!existsSync(join(site.folder, value.split('/')[0])));
  }
});

test('in a normal build, the environment cannot move the clock', async (t) => {
  const site = await openSite(t, { gateway: false });
  site.setClock(-86_400_000);
  for (const [folder, moved] of [[build, true], [join(top, 'build-demo'), false]]) {
    const { code, stdout, stderr } = await runProgram(join(folder, 'belfry'), ['token', 'issue', 'alice'], { env: site.env });
    assert.equal(code, 0, stderr);
    const { iat } = JSON.parse(Buffer.from(stdout.split('.')[1], 'base64url'));
    assert.equal(Math.abs(Date.now() / 1000 - iat) > 3600, moved, folder);
  }
});

test('no core dump contains a secret, and no other process of the same user can inspect the programs', needsRoot, async (t) => {
  const site = await new Installation(t).install();
  chownSync(join(site.folder, 'secret'), await id('-u', 'daemon'), 0);
  chownSync(site.folder, await id('-u', 'daemon'), 0);
  const start = async (env) => {
    const args = ['--reuid=daemon', '--regid=daemon', '--clear-groups', '--', join(build, 'belfry-gateway'), '--config', site.config];
    const gateway = new Program(t, 'setpriv', args, { env: { ...site.env, ...env }, secrets: site.secrets });
    atEnd(t, () => gateway.stop());
    await gateway.line(/operations on/);
    return gateway;
  };
  const limit = (pid) => readFileSync(`/proc/${pid}/limits`, 'utf8').match(/^Max core file size +(\S+)/m)[1];
  const gateway = await start({});
  assert.equal(limit(gateway.pid), '0');
  assert.equal(statSync(`/proc/${gateway.pid}/environ`).uid, 0, 'the process is not dumpable, so its /proc is root\'s');
  await gateway.stop();
  const dumpable = await start({ BELFRY_CORE_DUMPS: 'yes' });
  assert.equal(statSync(`/proc/${dumpable.pid}/environ`).uid, await id('-u', 'daemon'));
  await dumpable.stop();
});

test('root follows no link that a publisher planted', needsRoot, async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'belfry-links-'));
  atEnd(t, () => runProgram('rm', ['-rf', place]));
  chmodSync(place, 0o755);
  const [daemon, games] = [await id('-u', 'daemon'), await publishers()];
  const target = join(place, 'precious');
  const init = (file, ...more) => runProgram(join(build, 'belfry'), ['--database', file, 'init', '--owner', 'daemon', '--group', 'games', ...more]);
  const untouched = (name) => {
    const { uid, gid, mode } = lstatSync(target);
    assert.deepEqual([uid, gid, mode & 0o7777, readFileSync(target, 'utf8')], [0, 0, 0o600, 'precious'], name);
  };
  /** A queue's folder, and a file of root's that a link in it could point to. */
  const prepare = (name) => {
    const folder = join(place, name);
    mkdirSync(folder);
    chownSync(folder, daemon, games);
    chmodSync(folder, 0o2770);
    writeFileSync(target, 'precious', { mode: 0o600 });
    return folder;
  };
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    await t.test(`belfry.db${suffix}`, async () => {
      const folder = prepare(`queue${suffix}`);
      const file = join(folder, 'belfry.db');
      if (suffix) assert.equal((await init(file)).code, 0);
      if (suffix) await runProgram('rm', ['-f', `${file}-wal`, `${file}-shm`]);
      assert.equal((await asPublisher(['ln', '-s', target, file + suffix])).code, 0);
      const { stderr } = await init(file);
      if (!suffix) assert.match(stderr, /symbolic link.*root does not follow/);
      await runProgram(join(build, 'belfry'), ['--database', file, 'send', '--user', 'a', '--title', 'b']);
      untouched(file + suffix);
    });
  }
  await t.test('to another queue, for any command', async () => {
    const folder = prepare('another');
    const file = join(folder, 'belfry.db');
    mkdirSync(join(place, 'private'), { mode: 0o700 });
    const own = join(place, 'private/own.db');
    assert.equal((await runProgram(join(build, 'belfry'), ['--database', own, 'init', '--owner', 'root'])).code, 0);
    assert.equal((await asPublisher(['ln', '-s', own, file])).code, 0);
    for (const command of [['send', '--user', 'a', '--title', 'b'], ['status'], ['queue', 'list']]) {
      const { code, stderr } = await runProgram(join(build, 'belfry'), ['--database', file, ...command]);
      assert.equal(code, 1, command[0]);
      assert.match(stderr, /symbolic link.*root does not follow/, command[0]);
    }
    assert.equal((await runProgram('sqlite3', [own, 'SELECT count(*) FROM notifications'])).stdout, '0\n');
  });
  await t.test('a hard link', async () => {
    const folder = prepare('hard');
    const file = join(folder, 'belfry.db');
    assert.equal((await init(file)).code, 0);
    renameSync(file, join(place, 'kept.db'));
    await runProgram('ln', [join(place, 'kept.db'), file]);
    const { code, stderr } = await init(file);
    assert.equal(code, 1);
    assert.match(stderr, /hard link/);
  });
  await t.test('a folder on the way', async () => {
    const folder = prepare('folders');
    mkdirSync(join(place, 'roots'), { mode: 0o755 });
    assert.equal((await asPublisher(['ln', '-s', join(place, 'roots'), join(folder, 'queue')])).code, 0);
    const { code, stderr } = await init(join(folder, 'queue/belfry.db'));
    assert.equal(code, 1);
    assert.match(stderr, /symbolic link/);
    assert.deepEqual([statSync(join(place, 'roots')).uid, existsSync(join(place, 'roots/belfry.db'))], [0, false]);
  });
  await t.test('a link of root\'s own is followed', async () => {
    mkdirSync(join(place, 'real'));
    symlinkSync(join(place, 'real'), join(place, 'alias'));
    const { code, stderr } = await init(join(place, 'alias/queue/belfry.db'));
    assert.equal(code, 0, stderr);
    assert.ok(existsSync(join(place, 'real/queue/belfry.db')));
  });
});
