// The undici of Debian 12's own Node 18 has Headers without getSetCookie, which
// Next.js and Auth.js need. Loaded with `node --require`, this gives them one.
Headers.prototype.getSetCookie ??= function getSetCookie() {
  const all = this.get('set-cookie');
  // A comma before `name=` parts two cookies; one within a date does not.
  return all === null ? [] : all.split(/, (?=[^;,= ]+=)/);
};
