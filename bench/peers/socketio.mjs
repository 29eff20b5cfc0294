// What a web application would use instead of Belfry: a Node process with Socket.IO
// that the application tells of each notification, by POST or, with --poll FILE MS,
// through an SQLite table that it polls. It stores nothing for users who are offline,
// and no record of who received what: the minimum that can push.

import { createServer } from 'node:http';
import Database from 'better-sqlite3';
import { jwtVerify } from 'jose';
import { Server } from 'socket.io';

const secret = Buffer.from(process.env.SECRET);
const notify = ({ user, ...notification }) => io.to(`user:${user}`).emit('notification', notification);

const told = {
  '/notify': notify,
  '/tell': ({ event, data }) => io.emit(event, data),
};

async function onRequest(request, response) {
  let body = '';
  for await (const part of request) body += part;
  const act = told[request.url];
  if (act) act(JSON.parse(body));
  response.writeHead(act ? 204 : 404).end();
}

// Kept open while nobody asks: after 5 s it would close a connection that is about to be used again.
const server = createServer({ keepAliveTimeout: 0 }, onRequest);
const io = new Server(server, { serveClient: false });

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
  socket.on('ping', (answer) => answer({ ok: true }));
});

function poll(file, interval) {
  const database = new Database(file, { readonly: true, timeout: 5000 });
  const news = database.prepare('SELECT id, user_id AS user, title, body FROM notifications WHERE id > ? ORDER BY id');
  let last = 0;
  setInterval(() => {
    for (const row of news.all(last)) {
      last = row.id;
      notify(row);
    }
  }, interval);
}

const [option, file, interval] = process.argv.slice(2);
if (option === '--poll') poll(file, Number(interval));

// Memory is measured after a garbage collection.
process.on('SIGUSR2', () => {
  globalThis.gc();
  console.log('collected');
});
process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', 4096, () => console.log(`listening on 127.0.0.1:${server.address().port}`));
