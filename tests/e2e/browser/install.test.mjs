// The package as it is installed today, from a clone, in a real Vite project with
// React; and imported on a server, where there is no page.

import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openPages, runProgram, top } from '../harness.mjs';
import { bundle, folderAmongModules, makeProject, PAGE, publish } from '../lib/project.mjs';

const clone = join(top, 'client');

const FILES = {
  'package.json': '{"name":"page","private":true,"type":"module"}',
  'index.html': PAGE,
  'main.jsx': `import 'belfry-client/bell';
import { createRoot } from 'react-dom/client';
import { WebSocketProvider, useWebSocketNotifications } from 'belfry-client/react';
const Count = () => <p>{useWebSocketNotifications().unreadCount} unread</p>;
createRoot(document.getElementById('app')).render(<WebSocketProvider><Count /></WebSocketProvider>);`,
  'server.mjs': `import { BelfryBell } from 'belfry-client/bell';
import { BelfryClient } from 'belfry-client';
console.log(typeof BelfryBell, new BelfryClient().getState());`,
};

async function run(command, args, cwd) {
  const { code, stdout, stderr } = await runProgram(command, args, { cwd });
  assert.equal(code, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

/** A project with the package installed. */
async function startProject(t, ...install) {
  const folder = makeProject(t, FILES);
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...install], folder);
  return folder;
}

/** Bundles the project with Vite, and opens it in a browser. */
async function works(t, folder) {
  const { site, open } = await openPages(t, {});
  await publish(site, folder);
  await site.insert('alice', 'Hello');
  const page = await open('page/index.html');
  await page.getByText('1 unread').waitFor();
  await site.insert('alice', 'Rings');
  await page.getByText('2 unread').waitFor();
  assert.equal(await run(process.execPath, ['server.mjs'], folder), 'function disconnected\n');
}

test('packed by npm pack, with its licence', async (t) => {
  const packed = folderAmongModules(t, '.belfry-pack-');
  await run('npm', ['pack', '--pack-destination', packed], clone);
  const [tarball] = readdirSync(packed);
  const folder = await startProject(t, join(packed, tarball));
  const installed = join(folder, 'node_modules/belfry-client');
  assert.deepEqual(readdirSync(installed).sort(), ['LICENSE', 'README.md', 'package.json', 'react', 'src']);
  assert.equal(readFileSync(join(installed, 'LICENSE'), 'utf8'), readFileSync(join(top, 'LICENSE'), 'utf8'));
  await works(t, folder);
});

test('linked to the clone, client and bell are bundled; the hooks, too, if the project names its React', async (t) => {
  const manual = readFileSync(join(clone, 'README.md'), 'utf8');
  const folder = await startProject(t, clone);
  assert.ok(lstatSync(join(folder, 'node_modules/belfry-client')).isSymbolicLink());
  const { code, stdout, stderr } = await bundle(folder);
  assert.notEqual(code, 0);
  const [said] = /__vite-[^`]*/.exec(manual);
  assert.ok((stdout + stderr).includes(said), stdout + stderr);
  const hooks = FILES['main.jsx'];
  writeFileSync(join(folder, 'main.jsx'), `import 'belfry-client/bell';
import { BelfryClient } from 'belfry-client';
const client = new BelfryClient();
client.on('unreadCount', (count) => { document.getElementById('app').textContent = count + ' unread'; });
client.connect();`);
  await works(t, folder);
  const [setting] = /resolve: \{ dedupe: .* \}(?=`)/.exec(manual);
  writeFileSync(join(folder, 'vite.config.js'), `export default { ${setting} };`);
  writeFileSync(join(folder, 'main.jsx'), hooks);
  await works(t, folder);
});

test('straight from the clone, copied by --install-links', async (t) => {
  await works(t, await startProject(t, '--install-links', clone));
});
