/** Where belfry-gateway listens. Behind nginx or lighttpd, their configuration does this instead. */
const gateway = process.env.BELFRY_GATEWAY ?? 'http://127.0.0.1:8081';

export default {
  rewrites: async () => [{ source: '/ws', destination: `${gateway}/ws` }],
  // Only needed because this example is inside another package.
  outputFileTracingRoot: new URL('.', import.meta.url).pathname,
};
