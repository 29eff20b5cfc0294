// Socket.IO with its own PostgreSQL adapter: events come from other servers with the same
// adapter by NOTIFY, here from one in the application. It stores nothing for users who are
// offline, and what is told while it does not listen is lost.

import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/postgres-adapter';
import { jwtVerify } from 'jose';
import pg from 'pg';
import { Server } from 'socket.io';

const secret = Buffer.from(process.env.SECRET);
const [host, user, database] = process.argv.slice(2);
const pool = new pg.Pool({ host, user, database });
const server = createServer();
const io = new Server(server, { serveClient: false, adapter: createAdapter(pool) });

io.use(async (socket, next) => {
  try {
    const { payload } = await jwtVerify(socket.handshake.auth.token ?? '', secret, { algorithms: ['HS256'] });
    socket.data.user = payload.sub;
    next();
  } catch {
    next(new Error('Invalid authentication token'));
  }
});

io.on('connection', (socket) => {
  socket.join(`user:${socket.data.user}`);
  socket.emit('connected', { userId: socket.data.user });
});

process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', 4096, () => console.log(`listening on 127.0.0.1:${server.address().port}`));
