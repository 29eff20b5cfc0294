import type { BelfryClient, Notification } from './index.js';

/** `<belfry-bell url auth shared label …>` */
export class BelfryBell extends HTMLElement {
  /** A client of the page's own; set it before the bell is added to the page. */
  get client(): BelfryClient<any> | null;
  set client(client: BelfryClient<any> | null);
}

/** For TSX: its own attributes, and those of every element. */
export interface BelfryBellAttributes {
  /** The gateway: `/ws`. */
  url?: string;
  /** The token endpoint: `/api/websocket/auth`. */
  auth?: string;
  /** One connection for all tabs. */
  shared?: boolean | '';
  id?: string;
  class?: string;
  className?: string;
  style?: any;
  slot?: string;
  hidden?: boolean;
  title?: string;
  lang?: string;
  dir?: string;
  key?: any;
  ref?: any;
  children?: any;
  client?: BelfryClient<any> | null;
  'onbelfry-notification'?: (event: CustomEvent<Notification>) => unknown;
  [attribute: `data-${string}` | `aria-${string}` | `label${string}`]: unknown;
}

declare global {
  interface HTMLElementTagNameMap {
    'belfry-bell': BelfryBell;
  }
  interface HTMLElementEventMap {
    'belfry-notification': CustomEvent<Notification>;
  }
  namespace JSX {
    interface IntrinsicElements {
      'belfry-bell': BelfryBellAttributes;
    }
  }
}

// React 19 declares JSX in its own module, which a page without React does not have.
// @ts-ignore
declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'belfry-bell': BelfryBellAttributes;
    }
  }
}
