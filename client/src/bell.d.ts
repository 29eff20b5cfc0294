import type { BelfryClient, Notification } from './index.js';

/** `<belfry-bell url auth shared label …>` */
export class BelfryBell extends HTMLElement {
  /** The page's own client, to be given before the bell is in the page. */
  client: BelfryClient | null;
}

declare global {
  interface HTMLElementTagNameMap {
    'belfry-bell': BelfryBell;
  }
  interface HTMLElementEventMap {
    'belfry-notification': CustomEvent<Notification>;
  }
}
