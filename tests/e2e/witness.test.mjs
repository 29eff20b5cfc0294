// A client in another language, which was not written with Belfry in mind: Debian's
// python3-socketio.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSite, Program, top } from './harness.mjs';

const SCRIPT = join(top, 'tests/e2e/lib/witness.py');

/** How it connects, the carrier it begins with, and the one it ends with. */
const ways = {
  websocket: ['websocket', 'websocket'],
  polling: ['polling', 'polling'],
  default: [/polling|websocket/, 'websocket'],
};

for (const [transport, [first, last]] of Object.entries(ways)) {
  test(`python3-socketio, ${transport}: it is notified, and its event is acknowledged`, async (t) => {
    const site = await openSite(t);
    const witness = new Program(t, '/usr/bin/python3', [SCRIPT, site.url, await site.token(), transport], {
      stdio: ['pipe', 'pipe', 'pipe'], name: 'witness',
    });
    const said = async (name) => JSON.parse((await witness.line(new RegExp(`^{"name": "${name}".*`)))[0]).data;
    const connected = await said('connected');
    assert.equal(connected.userId, 'alice');
    assert.match(connected.transport, new RegExp(first));
    const id = await site.insert('alice', 'Grüße');
    assert.equal(await said('notification'), 'Grüße');
    assert.deepEqual(await said('answer'), { ok: true, marked: 1, unread: 0 });
    await site.status(id, 'read');
    witness.child.stdin.end();
    assert.equal(await said('bye'), last);
    assert.deepEqual(await witness.exit(), { code: 0, signal: null });
  });
}
