// Socket.IO 4 as a server of topics, which are its rooms. It asks for no token, stores nothing, and knows of no
// receipt: the least that can be compared. (socketio.mjs is what stands beside Belfry where rows are delivered.)

import { createServer } from 'node:http';
import { Server } from 'socket.io';

const server = createServer();
const io = new Server(server, { serveClient: false, transports: ['websocket', 'polling'] });

io.on('connection', (socket) => {
  socket.emit('connected');
  socket.on('subscribe', (topic, answer) => {
    socket.join(topic);
    answer({ ok: true });
  });
  socket.on('publish', (topic, data, answer) => {
    io.to(topic).emit('load', data);
    answer?.({ ok: true });
  });
  socket.on('ping', (answer) => answer({ ok: true }));
});
process.on('SIGUSR2', () => {
  globalThis.gc();
  console.log('collected');
});
process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', 4096, () => console.log(`listening on 127.0.0.1:${server.address().port}`));
