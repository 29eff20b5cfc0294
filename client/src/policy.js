/**
 * Calls back with each address that the page's Content-Security-Policy keeps it
 * from connecting to: to a WebSocket and to `fetch` it looks like a lost
 * network. Returns the function that ends it; outside a browser it is idle.
 */
export function watchPolicy(onBlocked) {
  const { document } = globalThis;
  const tell = ({ disposition, effectiveDirective, blockedURI }) => {
    if (disposition === 'enforce' && effectiveDirective === 'connect-src') onBlocked(blockedURI);
  };
  document?.addEventListener('securitypolicyviolation', tell);
  return () => document?.removeEventListener('securitypolicyviolation', tell);
}
