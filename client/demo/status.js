import { part, write } from './page.js';

const STATES = {
  disconnected: 'Not connected',
  connecting: 'Connecting…',
  connected: 'Connected',
  reconnecting: 'The gateway does not answer. Trying again…',
  error: 'Stopped',
};

/** Why there is no connection, by the code of the last error: each needs another remedy. */
const REASONS = {
  token_unavailable: 'No token from the site at the moment. Trying again…',
  too_many_connections: 'Too many open pages of this user. Trying again…',
};

/** The line at the top that shows the state of the connection, and why there is none. */
export class Status {
  #client;
  #reason = null;

  constructor(client) {
    this.#client = client;
    client.on('error', ({ code }) => this.#failed(code));
    client.on('stateChange', (state) => this.#changed(state));
    // The browser knows this long before a heartbeat is missed.
    for (const change of ['online', 'offline']) addEventListener(change, () => this.#show());
    this.#show();
  }

  #failed(code) {
    this.#reason = REASONS[code] ?? null;
    this.#show();
  }

  #changed(state) {
    if (state === 'connected') this.#reason = null;
    this.#show();
  }

  #show() {
    const [state, text] = this.#words(this.#client.getState());
    document.body.dataset.state = state;
    write(part('state-text'), text);
  }

  #words(state) {
    // Without a user it is normal to be stopped.
    if (document.body.dataset.view === 'door' && state === 'error') return ['disconnected', STATES.disconnected];
    if (!navigator.onLine) return ['reconnecting', 'You are offline. It goes on when the network is back.'];
    return [state, (state === 'reconnecting' && this.#reason) || STATES[state]];
  }
}
