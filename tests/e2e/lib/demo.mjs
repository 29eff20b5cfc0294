// scripts/demo, as a newcomer runs it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './end.mjs';
import { startOnFreePort } from './port.mjs';
import { Program, top } from './program.mjs';

export const demoScript = join(top, 'scripts/demo');

/** Builds the demo if needed, and starts it with these options. */
function start(t, state, options) {
  return startOnFreePort(async (port) => {
    const args = [...options, '--no-install', '--port', String(port), '--state', state];
    const demo = new Program(t, demoScript, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    atEnd(t, async () => {
      demo.signal('SIGTERM');
      await demo.exit();
    });
    await demo.line(/Ctrl-C ends the demo/, 300_000);
    const [, url] = demo.output.match(/^ +(http:\S+)$/m);
    return { demo, url };
  });
}

function makeState(t, name) {
  const state = mkdtempSync(join(tmpdir(), name));
  atEnd(t, () => rmSync(state, { recursive: true, force: true }));
  return state;
}

/** Starts the demo. `send` is the command it prints for notifying alice. */
export async function startDemo(t) {
  const state = makeState(t, 'belfry demo-');
  const { demo, url } = await start(t, state, []);
  const [, send] = demo.output.match(/^ +(.* send --user alice --title "Hello")$/m);
  return { demo, url, send, state };
}

/** Starts the demo of two gateways. `send` is likewise; `press()` is a key. */
export async function startDemoOfTwo(t, state = makeState(t, 'belfry demo-')) {
  const { demo, url } = await start(t, state, ['--postgres']);
  const [, send] = demo.output.match(/^ +(psql .* -c "INSERT .*")$/m);
  return { demo, url, send, state, press: () => demo.child.stdin.write(' ') };
}
