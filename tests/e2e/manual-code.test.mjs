// The manual and the code name the same things: events, codes of refusals, statuses, signals,
// variables of the environment, options. What the code has is read from its tables and calls.
// (Commands and settings: manual.test.mjs.)

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build, runProgram, top } from './harness.mjs';

const page = (name) => readFileSync(join(top, 'man', name), 'utf8');
const pages = readdirSync(join(top, 'man')).filter((name) => /\.[1-8]$/.test(name));
const sorted = (names) => [...new Set(names)].sort();

/** The sources in C of these folders, or files, as one text. */
function sources(...paths) {
  const read = (path) => (path.endsWith('.c') || path.endsWith('.h') ? readFileSync(join(top, path), 'utf8')
    : readdirSync(join(top, path), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || /\.[ch]$/.test(entry.name))
      .map((entry) => read(`${path}/${entry.name}`)).join('\n'));
  return paths.map(read).join('\n');
}

const all = (text, pattern) => [...text.matchAll(pattern)].map(([, found]) => found);

/** The part of a page from this heading to the next one. */
function part(name, heading) {
  const found = page(name).split(/^(?=\.S[hs] )/m).find((text) => text.startsWith(`.Sh ${heading}\n`) || text.startsWith(`.Ss ${heading}\n`));
  assert.ok(found, `${name} has no heading ${heading}`);
  return found;
}

/** The names of a list's items: ".It Li a , b No {…}" has a and b. */
const items = (text, macro) => all(text, new RegExp(`^\\.It ${macro} (.*)$`, 'gm'))
  .flatMap((line) => line.replace(/,? No .*/, '').replaceAll(` ${macro} `, ' ').split(/ , | \| /)).map((name) => name.trim());

function same(code, manual, least) {
  assert.ok(code.length >= least, `only ${code.length} were found in the code`);
  assert.deepEqual(sorted(manual), sorted(code));
}

const requests = all(readFileSync(join(top, 'gateway/realtime/events.c'), 'utf8'), /^ {4}\{"([\w:]+)", \w+, (?:true|false)\},$/gm);
const gateway = sources('gateway/framing', 'gateway/realtime', 'gateway/delivery');

test('events from clients', () => {
  const [list] = part('belfry-protocol.7', 'Events from the client').split(/^\.El$/m);
  same(requests, items(list, 'Li'), 15);
});

test('events to clients', () => {
  const list = part('belfry-protocol.7', 'Events to the client');
  const said = all(gateway, /\b(?:event_new|client_send\w*)\(\s*(?:[\w>-]+,\s*)?"([\w:]+)"/g);
  const named = all(gateway, /"((?:notification|message|typing|presence|auth|system):\w+)"/g);
  const code = [...said, ...named, 'error'].filter((name) => !requests.includes(name));
  // Those of broadcasts, which the browser library knows, and the answers that are described where they are asked for.
  const broadcasts = ['system:maintenance', 'system:update'];
  const answers = ['pong', 'notification:batch'];
  const topics = ['presence:updates'];
  for (const name of answers) assert.match(part('belfry-protocol.7', 'Events from the client'), new RegExp(`^\\.Li ${name}\\b`, 'm'));
  same(code.filter((name) => !answers.includes(name) && !topics.includes(name)), items(list, 'Li').filter((name) => !broadcasts.includes(name)), 15);
});

test('codes of refusals, and those that close a connection', () => {
  const text = page('belfry-protocol.7');
  const code = [...all(gateway, /\.code = "(\w+)"/g), ...all(gateway, /\\"code\\":\\"(\w+)\\"/g),
    ...all(gateway, /\b(?:answer_error|reply_error|post_refuse|reject_packet|event_answer)\([^;]*?"([a-z]+(?:_[a-z]+)*)"/g)];
  const manual = [...all(part('belfry-protocol.7', 'Refusals'), /^\.It .* Ta (\w+) Ta /gm),
    ...items(part('belfry-protocol.7', 'Events from the client').split(/^An event is refused/m)[1], 'Li'),
    ...items(part('belfry-protocol.7', 'The event stream'), 'Li')];
  same(code, manual, 12);
  const enums = all(sources('gateway/framing/refusal.h', 'gateway/net/frame.h'), /\bCLOSE_\w+ = (\d{4})(?!,\s+\/\* never sent)/g);
  const closes = [...all(text, /^\.It (\d{4})$/gm), ...all(text, /Ta (\d{4})$/gm), ...all(text, /\b(1\d{3}|44\d\d)\b(?=[,) .]|$)/gm)];
  for (const each of enums) assert.ok(closes.includes(each), `${each} is not in belfry-protocol.7`);
  for (const each of [...all(text, /^\.It (\d{4})$/gm), ...all(text, /Ta (\d{4})$/gm)]) assert.ok(enums.includes(each), `${each} is only in belfry-protocol.7`);
});

test('codes of belfry-publish', () => {
  const source = sources('publish-fcgi');
  const code = [...all(source, /\b(?:reply_refuse|refuse_user)\([^;]*?\d{3}, "(\w+)"/g), ...all(source, /\[PUBLICATION_\w+\] = "(\w+)"/g),
    ...all(source, /^ {4}\{(?:\d{3}, )?"(\w+)",\s*"[A-Z]/gm)];
  same(code, items(part('belfry-publish.8', 'Codes'), 'Li'), 20);
});

test('answers of belfry-auth', () => {
  const source = readFileSync(join(top, 'auth-fcgi/auth_response.c'), 'utf8');
  const code = [...source.matchAll(/= \{(\d{3}), "\{\\"error\\":\\"([\w ]+)\\"\}"/g)].map(([, status, error]) => `${status} ${error}`);
  const rows = part('belfry-auth.8', 'Requests and answers').matchAll(/^\.It ([\d ,]+) Ta Li \{\\\(dqerror\\\(dq:\\\(dq(.*?)\\\(dq\}/gm);
  same(code, [...rows].map(([, status, error]) => `${status} ${error}`), 8);
});

const programs = { belfry: 'belfry.1', 'belfry-auth': 'belfry-auth.8', 'belfry-gateway': 'belfry-gateway.8', 'belfry-publish': 'belfry-publish.8' };

test('exit statuses', async () => {
  for (const [program, name] of Object.entries(programs)) {
    assert.deepEqual(all(part(name, 'EXIT STATUS'), /^\.It (\d)$/gm), ['0', '1', '2'], name);
    const status = async (args, env) => (await runProgram(join(build, program), args, { env })).code;
    assert.equal(await status(['--version']), 0, program);
    assert.equal(await status(['--no-such-option']), 2, program);
    const nothing = { BELFRY_CONFIG: '/dev/null', BELFRY_DATABASE: '/nonexistent/belfry.db', BELFRY_AUTH_SESSION_DATABASE: '/nonexistent/app.db', AUTH_SECRET: 'a secret that is long enough for this' };
    assert.equal(await status(program === 'belfry' ? ['queue', 'stats'] : ['--check'], nothing), 1, program);
  }
  // No source knows a further one.
  const code = all(sources('admin', 'common', 'fcgi', 'gateway', 'auth-fcgi', 'publish-fcgi'), /\bEXIT_\w+ = (\d+)/g);
  assert.deepEqual(sorted(code).filter((each) => !['0', '1', '2'].includes(each)), []);
});

test('signals', () => {
  const handled = {
    'belfry-auth.8': all(sources('fcgi'), /sigaddset\(\w+, (SIG\w+)\)/g),
    'belfry-gateway.8': all(sources('gateway/gateway.c'), /signals\[\] = \{([^}]*)\}/g).flatMap((list) => list.split(', ')),
  };
  for (const [name, code] of Object.entries(handled)) {
    same(code, items(part(name, 'SIGNALS'), 'Dv'), 3);
  }
});

test('options of the programs without commands', async () => {
  for (const [program, name] of Object.entries(programs)) {
    if (program === 'belfry') continue;
    const { stdout } = await runProgram(join(build, program), ['--help']);
    const manual = all(page(name), /^\.It (Fl Fl .*)$/gm).flatMap((line) => all(line, /Fl Fl (\w+)/g));
    same(all(stdout, /^ {2}--(\w+)/gm), manual, 4);
  }
});

/** Variables that are not Belfry's own: of the system, of FastCGI and CGI, of systemd, of the tests. */
const GIVEN = ['CONTENT_LENGTH', 'LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES', 'HOME', 'NOTIFY_SOCKET', 'JOURNAL_STREAM', 'WATCHDOG_USEC', 'WATCHDOG_PID', 'BELFRY_TEST_CLOCK'];
/** Variables that the manual names, of other programs and of examples. */
const OTHERS = /^(PG[A-Z]+|SSL_CERT_FILE|GLIBC_TUNABLES|REMOTE_ADDR|BELFRY_DATABASE|BELFRY_KEY|BELFRY_URL|SECTION|BELFRY_[A-Z]+_[A-Z_]+)$/;

test('variables of the environment', () => {
  const source = sources('admin', 'common', 'fcgi', 'gateway', 'auth-fcgi', 'publish-fcgi');
  const code = [...all(source, /\bgetenv\("(\w+)"\)/g), ...all(source, /"((?:\w+_)?AUTH_SECRET(?:_\d)?|NEXTAUTH_SECRET)"/g)];
  const text = pages.map(page).join('\n');
  const manual = all(text, /(?:^\.(?:It )?| )Ev ([^\n]*)$/gm).flatMap((line) => all(line, /\b([A-Z][A-Z0-9_]{3,}\b)/g));
  const everywhere = new Set([...manual, ...all(text, /\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b/g)]);
  assert.ok(code.length > 10);
  for (const name of code) assert.ok(GIVEN.includes(name) || everywhere.has(name), `no page names ${name}`);
  for (const name of manual) assert.ok(OTHERS.test(name) || new RegExp(`"${name}["=]`).test(source), `only the manual names ${name}`);
});

test('every page refers to the overview, which refers to every page', () => {
  const overview = page('belfry.7');
  for (const name of pages.filter((each) => each !== 'belfry.7')) {
    assert.match(page(name), /^\.Xr belfry 7/m, name);
    const [, title, section] = name.match(/^(.*)\.(\d)$/);
    assert.ok(overview.includes(`.It Xr ${title} ${section}\n`), `belfry.7 does not name ${name}`);
  }
});

test('the overview fits on two screens', async () => {
  const { stdout } = await runProgram('mandoc', ['-T', 'utf8', '-O', 'width=80', join(top, 'man/belfry.7')], { env: { LC_ALL: 'C.UTF-8' } });
  assert.ok(stdout.split('\n').length <= 48, `${stdout.split('\n').length} lines`);
});
