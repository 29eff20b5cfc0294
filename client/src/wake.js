/**
 * Calls `onWake` when the network comes or changes and when the page becomes
 * visible, `onOffline` when the network has gone. Returns the function that
 * ends it; outside a browser it is idle.
 */
export function watch(onWake, onOffline = onWake) {
  const { document } = globalThis;
  const wake = () => onWake();
  const gone = () => (isOffline() ? onOffline : onWake)();
  const onVisible = () => document.visibilityState === 'hidden' || onWake();
  const change = (verb) => {
    globalThis[verb]?.('online', wake);
    globalThis[verb]?.('offline', gone);
    document?.[verb]('visibilitychange', onVisible);
  };
  change('addEventListener');
  return () => change('removeEventListener');
}

/** The browser knows that there is no network. */
export function isOffline() {
  return globalThis.navigator?.onLine === false;
}
