// Half an emoji: if a page cuts a text in the middle of a character, JSON.stringify writes a lone
// \ud83d. That is no violation: it becomes U+FFFD everywhere, and no client is closed for it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSite, plainClient, socketClient } from './harness.mjs';

const HALF = 'Nice 😀'.slice(0, 6);
const MENDED = 'Nice \ufffd';

/** One interface for both framings, to request and to send. */
const framings = {
  'socket.io-client': async (t, site) => {
    const client = socketClient(t, site.url, { auth: { token: await site.token(), [HALF]: HALF } });
    await client.event('connected');
    return { client, ask: client.ask, emit: (name, data) => client.socket.emit(name, data) };
  },
  ws: async (t, site) => {
    const client = plainClient(t, `${site.url}/ws`);
    await client.inbox.next((frame) => 'open' in frame, 'the connection');
    client.send('auth', { token: await site.token(), [HALF]: HALF });
    await client.event('connected');
    let id = 0;
    return {
      client,
      ask: async (name, data) => {
        id += 1;
        client.send(name, data, { id, [HALF]: { deep: [HALF] }, '\ud83e': 1 });
        return (await client.ack(id)).data;
      },
      emit: (name, data) => client.send(name, data),
    };
  },
};

for (const [name, open] of Object.entries(framings)) {
  test(`${name}: half an emoji in a message is stored and sent as U+FFFD`, async (t) => {
    const site = await openSite(t);
    await site.belfry(['conversation', 'create', 'c1', 'alice']);
    const { client, ask } = await open(t, site);
    assert.equal((await ask('subscribe', { topic: 'conversation:c1' })).ok, true);
    const sent = await ask('message:send', {
      conversationId: 'c1', content: HALF, metadata: { [HALF]: [[HALF, '\ude00']] }, nobody: { reads: HALF },
    });
    assert.equal(sent.ok, true);
    const message = await client.event('message');
    assert.equal(message.content, MENDED);
    assert.deepEqual(message.metadata, { [MENDED]: [[MENDED, '\ufffd']] });
    assert.deepEqual(await site.sql('SELECT content FROM messages'), [{ content: MENDED }]);
  });

  test(`${name}: half an emoji in a name, or in a member that is ignored, does not close the connection`, async (t) => {
    const site = await openSite(t);
    const { client, ask, emit } = await open(t, site);
    emit(HALF, {});
    assert.equal((await client.event('error')).event, MENDED);
    assert.equal((await ask('ping', { '\ud83d': 1, '\ud83e': 2, '\ufffd': 3, deep: [[{ [HALF]: HALF }]] })).ok, true);
    assert.equal((await ask('subscribe', { topic: `public:${HALF}` })).topic, `public:${MENDED}`);
    assert.equal(await site.metric('belfry_bad_messages_total'), 0);
  });

  test(`${name}: an acknowledgement with half an emoji confirms all the same`, async (t) => {
    const site = await openSite(t);
    const token = await site.token();
    const id = await site.insert('alice', 'Hello', { data: JSON.stringify({ excerpt: HALF, [HALF]: 1 }) });
    const confirm = {
      'socket.io-client': async () => {
        const client = socketClient(t, site.url, { auth: { token, ack: true } });
        const { args, ack } = await client.whole('notification');
        ack(HALF, { [HALF]: HALF });
        return args[0];
      },
      ws: async () => {
        const client = plainClient(t, `${site.url}/ws`);
        await client.inbox.next((frame) => 'open' in frame, 'the connection');
        client.send('auth', { token, ack: true });
        const frame = await client.whole('notification');
        client.socket.send(JSON.stringify({ ack: frame.id, data: { [HALF]: HALF } }));
        return frame.data;
      },
    };
    const heard = await confirm[name]();
    assert.deepEqual(heard.data, { excerpt: MENDED, [MENDED]: 1 });
    await site.status(id, 'delivered');
  });
}

test('belfry send and belfry broadcast replace it, too', async (t) => {
  const site = await openSite(t);
  const client = socketClient(t, site.url, { auth: { token: await site.token() } });
  await client.event('connected');
  await site.belfry(['send', '--user', 'alice', '--title', 'a', '--data', JSON.stringify({ half: HALF })]);
  assert.deepEqual((await client.event('notification')).data, { half: MENDED });
  await site.belfry(['send', '--stdin'], { input: `${JSON.stringify({ user: 'alice', title: HALF, data: { half: HALF } })}\n` });
  const { title, data } = await client.event('notification', (one) => one.title !== 'a');
  assert.equal(title, MENDED);
  assert.deepEqual(data, { half: MENDED });
  await site.belfry(['broadcast', 'system:update', JSON.stringify({ half: HALF })]);
  assert.deepEqual(await client.event('system:update'), { half: MENDED });
});

test('invalid UTF-8 in a text frame is still a violation: 1007', async (t) => {
  const site = await openSite(t);
  for (const path of ['/ws', '/socket.io/?EIO=4&transport=websocket']) {
    const client = plainClient(t, site.url + path, { token: await site.token() });
    client.socket.removeAllListeners('message');
    await client.inbox.next((frame) => 'open' in frame, 'the connection');
    client.socket.send(Buffer.from([0x34, 0x32, 0x5b, 0x22, 0xed, 0xa0, 0xbd, 0x22, 0x5d]), { binary: false });
    assert.equal((await client.closed()).close, 1007);
  }
});
