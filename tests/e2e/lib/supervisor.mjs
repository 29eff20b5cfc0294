// belfry-auth as systemd runs it: another process creates the listening socket,
// passes it on as descriptor 0, and keeps it open while one belfry-auth ends and
// the next starts.

import { join } from 'node:path';
import { atEnd } from './end.mjs';
import { build, Program } from './program.mjs';

const SUPERVISOR = `
import signal, socket, subprocess, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(4096)
def start():
    return subprocess.Popen(sys.argv[2:], stdin=listener)
def stop():
    child.terminate()
    if child.wait() != 0:
        sys.exit(f"ended with {child.returncode}")
child = start()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(stop()))
for line in sys.stdin:
    stop()
    child = start()
`;

/** Starts it on the site's socket. restart() resolves once the next process is listening. */
export async function superviseAuth(site) {
  const args = ['-c', SUPERVISOR, site.authSocket, join(build, 'belfry-auth'), '--config', site.config];
  const program = new Program(site.test, 'python3', args, {
    env: site.env, secrets: site.secrets, stdio: ['pipe', 'pipe', 'pipe'], name: 'belfry-auth',
  });
  atEnd(site.test, () => program.stop());
  const listening = () => program.lines.next((line) => /listening on descriptor 0/.test(line), 'the next belfry-auth');
  await listening();
  return {
    program,
    async restart() {
      program.child.stdin.write('restart\n');
      await listening();
    },
  };
}
