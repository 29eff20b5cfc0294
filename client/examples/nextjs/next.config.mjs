/** Where belfry-gateway listens. Behind nginx or lighttpd their own proxy line takes this one's place. */
const gateway = process.env.BELFRY_GATEWAY ?? 'http://127.0.0.1:8081';

export default {
  rewrites: async () => [{ source: '/ws', destination: `${gateway}/ws` }],
  // This example lies inside another package; an application of its own needs no such line.
  outputFileTracingRoot: new URL('.', import.meta.url).pathname,
};
