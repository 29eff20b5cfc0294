/**
 * Calls `onWake` when the network returns or changes and when the page becomes
 * visible, and `onOffline` when the network is lost. Returns a function that stops
 * it. Does nothing outside a browser.
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

/** Whether the browser says that there is no network. */
export function isOffline() {
  return globalThis.navigator?.onLine === false;
}
