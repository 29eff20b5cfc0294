/**
 * Calls back when the network comes or goes, and when the page becomes
 * visible. Returns the function that ends it; outside a browser it is idle.
 */
export function watch(callback) {
  const { document } = globalThis;
  const onVisible = () => document.visibilityState === 'hidden' || callback();
  const change = (verb) => {
    globalThis[verb]?.('online', callback);
    globalThis[verb]?.('offline', callback);
    document?.[verb]('visibilitychange', onVisible);
  };
  change('addEventListener');
  return () => change('removeEventListener');
}
