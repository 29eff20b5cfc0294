// ws as a server of topics: what a web application gets without a framework. It speaks the JSON of bench/load's dialect
// `websocket`, asks for no token, stores nothing, and knows of no receipt. As in ws' own documentation, a publication is
// a loop over those who subscribed.

import { WebSocketServer } from 'ws';

const topics = new Map();
const members = (topic) => topics.get(topic) ?? topics.set(topic, new Set()).get(topic);

function publish(topic, text) {
  for (const member of members(topic)) member.send(text, { binary: false });
}

const operations = {
  sub(socket, { id, topic }) {
    members(topic).add(socket);
    socket.topics.push(topic);
    socket.send(`{"op":"ok","id":${id}}`);
  },
  pub(socket, { topic }, text) {
    publish(topic, text);
  },
  say(socket, { id, topic }, text) {
    publish(topic, text);
    socket.send(`{"op":"ok","id":${id}}`);
  },
  echo(socket, asked, text) {
    socket.send(text, { binary: false });
  },
};

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, backlog: 4096, perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.topics = [];
  socket.on('message', (text) => {
    const asked = JSON.parse(text);
    operations[asked.op]?.(socket, asked, text);
  });
  socket.on('close', () => {
    for (const topic of socket.topics) members(topic).delete(socket);
  });
  socket.on('error', () => socket.terminate());
});
process.on('SIGUSR2', () => {
  globalThis.gc();
  console.log('collected');
});
process.on('SIGTERM', () => process.exit(0));
server.on('listening', () => console.log(`listening on 127.0.0.1:${server.address().port}`));
