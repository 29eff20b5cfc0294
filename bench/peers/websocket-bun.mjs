// uWebSockets, as Bun carries it: Bun.serve is that C++ library, and subscribe and publish are its own. It speaks as
// websocket-ws.mjs does, asks for no token, stores nothing, and knows of no receipt. (uWebSockets.js itself is not in
// the npm registry.)

const operations = {
  sub(socket, { id, topic }) {
    socket.subscribe(topic);
    socket.send(`{"op":"ok","id":${id}}`);
  },
  pub(socket, { topic }, text) {
    server.publish(topic, text);
  },
  say(socket, { id, topic }, text) {
    server.publish(topic, text);
    socket.send(`{"op":"ok","id":${id}}`);
  },
  echo(socket, asked, text) {
    socket.send(text);
  },
};

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request, self) => (self.upgrade(request) ? undefined : new Response('WebSocket only', { status: 426 })),
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 0,
    sendPings: false,
    message(socket, text) {
      const asked = JSON.parse(text);
      operations[asked.op]?.(socket, asked, text);
    },
  },
});
process.on('SIGUSR2', () => {
  Bun.gc(true);
  console.log('collected');
});
process.on('SIGTERM', () => process.exit(0));
console.log(`listening on 127.0.0.1:${server.port}`);
