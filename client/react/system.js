import { Store } from './store.js';

/**
 * What is said to everyone. It listens from the moment its client is given to
 * a page: a banner that was there before the component that shows it is not missed.
 */
export class SystemStore extends Store {
  constructor(client) {
    super({ maintenance: null, systemUpdate: null });
    client.on('maintenance', (maintenance) => {
      this.set({ maintenance: maintenance?.enabled === false || maintenance?.active === false ? null : (maintenance ?? {}) });
    });
    client.on('systemUpdate', (systemUpdate) => this.set({ systemUpdate }));
    // It may have been said to that user's role alone; what stands is said again.
    client.on('userChange', () => this.set({ maintenance: null, systemUpdate: null }));
  }

  start() {
    return () => {};
  }
}
