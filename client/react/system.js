import { Store } from './store.js';

/**
 * Broadcasts of the system. It listens from the moment the client is given to the
 * page, so that a component that is mounted later still shows the current banner.
 */
export class SystemStore extends Store {
  constructor(client) {
    super({ maintenance: null, systemUpdate: null });
    client.on('maintenance', (maintenance) => {
      this.set({ maintenance: maintenance?.enabled === false || maintenance?.active === false ? null : (maintenance ?? {}) });
    });
    client.on('systemUpdate', (systemUpdate) => this.set({ systemUpdate }));
    // It may have been for that user's role only; the gateway sends again what still applies.
    client.on('userChange', () => this.set({ maintenance: null, systemUpdate: null }));
  }

  start() {
    return () => {};
  }
}
