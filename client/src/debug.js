/** Prints what is sent and received on the console. */
export function logTraffic(client) {
  client.on('stateChange', (state) => console.debug('[belfry]', state));
  client.on('error', ({ code, message }) => console.debug('[belfry] error', code, message));
  client.on('wire', ({ direction, event = 'ack', ack, id = ack, data }) => {
    console.debug(`[belfry] ${direction === 'in' ? '←' : '→'}`, event, id ?? '', data ?? '');
  });
}
