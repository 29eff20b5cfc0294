/** What goes over the wire, on the console, where `localStorage.debug` contains `belfry`. */
export function logTraffic(client) {
  if (!wanted()) return;
  client.on('stateChange', (state) => console.debug('[belfry]', state));
  client.on('error', ({ code, message }) => console.debug('[belfry] error', code, message));
  client.on('wire', ({ direction, event = 'ack', ack, id = ack, data }) => {
    console.debug(`[belfry] ${direction === 'in' ? '←' : '→'}`, event, id ?? '', data ?? '');
  });
}

/** Reading `localStorage` throws where the page may not have one. */
function wanted() {
  try {
    return Boolean(globalThis.localStorage?.debug?.includes('belfry'));
  } catch {
    return false;
  }
}
