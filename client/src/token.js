import { BelfryError } from './error.js';
import { retryAfter } from './retry.js';

const FETCH_TIMEOUT = 10_000;
/** A token with less than this left is not worth connecting with. */
const ENOUGH = 60_000;
/** Seconds: a longer lifetime than this is not believed. */
const LONGEST_LIFE = 10 * 365 * 86_400;

/**
 * Where tokens come from: the application's endpoint, asked with the user's
 * cookies, or a function of the application. At most one request is under way; a
 * token that is good for a while longer is used for the next connection, too.
 *
 * Errors: `unauthorized` (401), `origin_refused` (403) and those marked `final`
 * stay until a person does something; all others may pass. `retryAfter` is in
 * milliseconds.
 */
export class TokenSource {
  #load;
  #held = null;
  #pending = null;

  /** @param source URL of the endpoint, or a function that returns a token or `{token, expiresIn}` */
  constructor(source, fetch = globalThis.fetch) {
    this.#load = typeof source === 'function' ? source : () => fetchToken(source, fetch);
  }

  /** `{value, endsAt, user}`: the current one, if it lasts. `user` is null if nobody says who it is. */
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

  /** The gateway refuses it, or the user may have changed: the next `get` asks for a new one. */
  forget() {
    this.#held = this.#pending = null;
  }

  async #fetch() {
    // The lifetime counts from before the request, so that a slow answer does not prolong it.
    const asked = Date.now();
    this.#held = null;
    const answer = await this.#load();
    const { token, expiresIn, userId } = typeof answer === 'string' ? { token: answer } : answer ?? {};
    if (typeof token !== 'string') throw unavailable('The token endpoint gave no token');
    const { sub = userId, iat, exp } = claimsOf(token);
    const life = seconds(expiresIn) ?? seconds(exp - (iat ?? Date.now() / 1000)) ?? 0;
    return { value: token, endsAt: asked + life * 1000, user: sub === undefined ? null : String(sub) };
  }
}

async function fetchToken(url, fetch) {
  const response = await ask(url, fetch);
  if (!response.ok) throw refusal(response);
  const body = await response.text().catch(() => '');
  try {
    return JSON.parse(body);
  } catch {
    throw notAToken(`${url} answered with a page instead of a token`);
  }
}

/** A redirect is followed and recognized; one to the login page of another site cannot be followed. */
async function ask(url, fetch) {
  const first = await request(url, fetch, 'manual').catch((error) => {
    throw unavailable(`The token endpoint could not be reached: ${error.message}`);
  });
  const redirected = first.type === 'opaqueredirect' || (first.status >= 300 && first.status < 400);
  if (!redirected) return first;
  return request(url, fetch, 'follow').catch(() => {
    throw notAToken(`${url} redirects to another site`);
  });
}

function request(url, fetch, redirect) {
  return fetch(url, {
    credentials: 'include',
    cache: 'no-store',
    redirect,
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(FETCH_TIMEOUT),
  });
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

/** Only a person can mend this: asking again would return the same page. */
function notAToken(what) {
  return unavailable(`${what}. Sign in again, or check that this address leads to the token endpoint`, {
    final: true,
  });
}

function unavailable(message, details) {
  return new BelfryError('token_unavailable', message, details);
}

/** A number of seconds, 0 if it is past, undefined if it is not a number. */
function seconds(value) {
  const number = typeof value === 'string' ? Number(value || NaN) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) return undefined;
  return Math.min(Math.max(number, 0), LONGEST_LIFE);
}

/** From the token itself, unverified: the gateway verifies it. Its times are compared with each other, as this clock may be wrong. */
function claimsOf(token) {
  try {
    const payload = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    const octets = Uint8Array.from(atob(payload), (octet) => octet.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(octets)) ?? {};
  } catch {
    return {};
  }
}
