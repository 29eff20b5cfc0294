// Node's fetch keeps no cookies. Behind several gateways, a browser brings back the one
// by which the balancer knows its gateway.

/** A fetch that keeps the cookies of one client, whatever their attributes. */
export function fetchWithCookies() {
  const jar = new Map();
  return async (url, { headers, ...options } = {}) => {
    const all = new Headers(headers);
    if (jar.size > 0 && !all.has('cookie')) all.set('cookie', [...jar].map((pair) => pair.join('=')).join('; '));
    const response = await fetch(url, { headers: all, ...options });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/);
      jar.set(name, value);
    }
    return response;
  };
}
