// systemd's part, for a program under test: it makes the listening sockets and passes them on
// (LISTEN_FDS), listens to what the program says (NOTIFY_SOCKET), and kills and starts it anew
// when its signs of life (WATCHDOG=1) do not come. Each of these is a line of its output.

import { join } from 'node:path';
import { atEnd } from './end.mjs';
import { Program } from './program.mjs';

const MANAGER = `
import os, signal, socket, subprocess, sys, time
path, limit, where, *command = sys.argv[1:]
notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notices.bind(path)
notices.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
if where.startswith('/'):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(where)
else:
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0))
listener.listen(4096)
os.set_inheritable(listener.fileno(), True)
if not where.startswith('/'):
    print('socket 127.0.0.1:%d' % listener.getsockname()[1], flush=True)
def prepare():
    os.dup2(listener.fileno(), 3)
    os.environ.update(LISTEN_PID=str(os.getpid()), WATCHDOG_PID=str(os.getpid()))
    os.execv(command[0], command)
def start():
    global main, heard
    child = os.fork()
    if child == 0:
        os.environ.update(NOTIFY_SOCKET=path, WATCHDOG_USEC=str(int(float(limit) * 1e6)), LISTEN_FDS='1')
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        prepare()
    main, heard = child, None
    print('started %d' % main, flush=True)
def stop(*_):
    os.kill(main, signal.SIGTERM)
    try:
        _, status = os.waitpid(main, 0)
        sys.exit(os.waitstatus_to_exitcode(status) != 0)
    except ChildProcessError:
        sys.exit(0)
signal.signal(signal.SIGTERM, stop)
start()
notices.settimeout(0.05)
while True:
    try:
        text, control, _, _ = notices.recvmsg(4096, socket.CMSG_SPACE(12))
    except TimeoutError:
        text = b''
    if text:
        sender = int.from_bytes(control[0][2][:4], sys.byteorder)
        for line in text.decode().split('\\n'):
            if sender != main:
                print('refused %d %s' % (sender, line), flush=True)
                continue
            print('notice %d %s' % (sender, line), flush=True)
            if line in ('WATCHDOG=1', 'READY=1'):
                heard = time.monotonic()
            if line.startswith('MAINPID='):
                main, heard = int(line[8:]), None
    if heard is not None and time.monotonic() > heard + float(limit):
        print('watchdog %d' % main, flush=True)
        os.kill(main, signal.SIGKILL)
        try:
            os.waitpid(main, 0)
        except ChildProcessError:
            pass
        start()
`;

/** Runs that command of the site under it; `socket`: the path of a Unix socket, or none: TCP. */
export function manage(site, command, { name, watchdog = 1, socket = '' } = {}) {
  const program = new Program(site.test, 'python3', ['-c', MANAGER, join(site.folder, `${name}.notify`), String(watchdog), socket, ...command], {
    env: site.env, secrets: site.secrets, name,
  });
  atEnd(site.test, () => program.stop());
  return program;
}
