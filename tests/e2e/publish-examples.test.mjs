// The examples of belfry-publish(8), verbatim, in each language.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documented, openSite, runProgram, socketClient } from './harness.mjs';

const PAGE = 'belfry-publish.8';

const examples = {
  curl: (site, env) => runProgram('sh', ['-c', documented(PAGE, ['curl'])], { env }),
  PHP: (site, env) => runProgram('php', ['-r', `$user = 'alice';\n${documented(PAGE, ['file_get_contents'])}`], { env }),
  Python: (site, env) => runProgram('python3', ['-c', `user = 'alice'\n${documented(PAGE, ['urllib'])}`], { env }),
  JavaScript: (site, env) => {
    const file = join(site.folder, 'ring.mjs');
    writeFileSync(file, `const user = 'alice';\n${documented(PAGE, ['await fetch'])}`);
    return runProgram(process.execPath, [file], { env });
  },
};

for (const [name, run] of Object.entries(examples)) {
  test(`the manual's request from ${name} rings alice, and a wrong key is an error`, async (t) => {
    const site = await openSite(t);
    await site.startPublish();
    const BELFRY_KEY = await site.key('shop');
    const BELFRY_URL = `${await site.startWeb('nginx')}/api/belfry`;
    const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
    await alice.event('connected');
    const { code, stdout, stderr } = await run(site, { BELFRY_KEY, BELFRY_URL });
    assert.equal(code, 0, stdout + stderr);
    assert.match((await alice.event('notification')).title, /^(Bob wrote to you|Invoice 4711 is paid)$/);
    assert.notEqual((await run(site, { BELFRY_KEY: 'wrong', BELFRY_URL })).code, 0);
  });
}
