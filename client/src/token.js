import { BelfryError } from './error.js';

const FETCH_TIMEOUT = 10_000;
/** A token with less than this left is not worth connecting with. */
const ENOUGH = 60_000;

/**
 * Where tokens come from: the application's endpoint, asked with the user's
 * cookies, or a function of the application. Only one request is ever under
 * way; a token that is still good for a while serves the next connection too.
 *
 * Errors: `unauthorized` (401) and `origin_refused` (403) are final, all others may
 * pass; `retryAfter` is in milliseconds.
 */
export class TokenSource {
  #load;
  #held = null;
  #pending = null;

  /** @param source URL of the endpoint, or a function that gives a token or `{token, expiresIn}` */
  constructor(source, fetch = globalThis.fetch) {
    this.#load = typeof source === 'function' ? source : () => fetchToken(source, fetch);
  }

  /** `{value, endsAt}`; the one that is held, if it lasts. */
  get() {
    if (this.#held && this.#held.endsAt - Date.now() > ENOUGH) return Promise.resolve(this.#held);
    return this.renew();
  }

  renew() {
    if (this.#pending) return this.#pending;
    const pending = this.#fetch()
      .then((token) => {
        if (this.#pending === pending) this.#held = token;
        return token;
      })
      .finally(() => {
        if (this.#pending === pending) this.#pending = null;
      });
    return (this.#pending = pending);
  }

  /** The gateway will not have it, or the user may be another now: the next one is a new one. */
  forget() {
    this.#held = this.#pending = null;
  }

  async #fetch() {
    // The clock starts before the request, so that a slow answer is not thought younger than it is.
    const asked = Date.now();
    this.#held = null;
    const answer = await this.#load();
    const { token, expiresIn } = typeof answer === 'string' ? { token: answer } : answer ?? {};
    if (typeof token !== 'string') throw unavailable('The token endpoint gave no token');
    return { value: token, endsAt: asked + (expiresIn ?? lifetime(token)) * 1000 };
  }
}

async function fetchToken(url, fetch) {
  let response;
  try {
    response = await fetch(url, {
      credentials: 'include',
      cache: 'no-store',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(FETCH_TIMEOUT),
    });
  } catch (error) {
    throw unavailable(`The token endpoint could not be reached: ${error.message}`);
  }
  if (response.ok) return response.json().catch(() => null);
  throw refusal(response);
}

function refusal(response) {
  const { status } = response;
  if (status === 401) return new BelfryError('unauthorized', 'Nobody is signed in', { status });
  if (status === 403) {
    return new BelfryError('origin_refused', 'The token endpoint refuses this origin', { status });
  }
  return unavailable(`The token endpoint answered ${status}`, {
    status,
    retryAfter: retryAfter(response.headers.get('retry-after')),
  });
}

function unavailable(message, details) {
  return new BelfryError('token_unavailable', message, details);
}

/** RFC 9110 10.2.3: seconds or a date; here milliseconds from now. */
function retryAfter(value) {
  if (!value) return 0;
  const wait = /^\d+$/.test(value) ? value * 1000 : Date.parse(value) - Date.now();
  return Math.max(0, wait) || 0;
}

/** Seconds, out of the token's own claims; their difference, as this clock may be wrong. */
function lifetime(token) {
  try {
    const claims = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    const { iat, exp } = JSON.parse(atob(claims));
    return exp - (iat ?? Date.now() / 1000) || 0;
  } catch {
    return 0;
  }
}
