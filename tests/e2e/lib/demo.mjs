// scripts/demo, as a newcomer runs it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './end.mjs';
import { startOnFreePort } from './port.mjs';
import { Program, top } from './program.mjs';

export const demoScript = join(top, 'scripts/demo');

/** Builds the demo if needed, and starts it. `send` is the command it prints for notifying alice. */
export async function startDemo(t) {
  const state = mkdtempSync(join(tmpdir(), 'belfry demo-'));
  atEnd(t, () => rmSync(state, { recursive: true, force: true }));
  return startOnFreePort(async (port) => {
    const demo = new Program(t, demoScript, ['--no-install', '--port', String(port), '--state', state]);
    atEnd(t, async () => {
      demo.signal('SIGTERM');
      await demo.exit();
    });
    await demo.line(/Ctrl-C ends the demo/, 300_000);
    const [, url] = demo.output.match(/^ +(http:\S+)$/m);
    const [, send] = demo.output.match(/^ +(.* send --user alice --title "Hello")$/m);
    return { demo, url, send, state };
  });
}
