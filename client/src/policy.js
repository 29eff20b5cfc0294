/**
 * Calls back with each address that the page's Content-Security-Policy forbids to
 * connect to, which WebSocket and `fetch` report like a lost network. Returns a
 * function that stops it. Does nothing outside a browser.
 */
export function watchPolicy(onBlocked) {
  const { document } = globalThis;
  const tell = ({ disposition, effectiveDirective, blockedURI }) => {
    if (disposition === 'enforce' && effectiveDirective === 'connect-src') onBlocked(blockedURI);
  };
  document?.addEventListener('securitypolicyviolation', tell);
  return () => document?.removeEventListener('securitypolicyviolation', tell);
}
