import { BelfryError } from './error.js';

const FETCH_TIMEOUT = 10_000;
/** A token with less than this left is not worth connecting with. */
const ENOUGH = 60_000;
/** No token is believed to last longer: seconds. */
const LONGEST_LIFE = 10 * 365 * 86_400;

/**
 * Where tokens come from: the application's endpoint, asked with the user's
 * cookies, or a function of the application. Only one request is ever under
 * way; a token that is still good for a while serves the next connection too.
 *
 * Errors: `unauthorized` (401), `origin_refused` (403) and those that say
 * `final` stay until a person does something, all others may pass;
 * `retryAfter` is in milliseconds.
 */
export class TokenSource {
  #load;
  #held = null;
  #pending = null;

  /** @param source URL of the endpoint, or a function that gives a token or `{token, expiresIn}` */
  constructor(source, fetch = globalThis.fetch) {
    this.#load = typeof source === 'function' ? source : () => fetchToken(source, fetch);
  }

  /** `{value, endsAt, user}`; the one that is held, if it lasts. `user` is null where nobody says. */
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

/** A redirect is followed, but known as one: to a login page of another site it cannot be. */
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

/** What only a person can mend: asking again would bring the same page. */
function notAToken(what) {
  return unavailable(`${what}. Sign in again, or check that this address leads to the token endpoint`, {
    final: true,
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

/** A number of seconds, 0 where it is past; undefined where it is no number. */
function seconds(value) {
  const number = typeof value === 'string' ? Number(value || NaN) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) return undefined;
  return Math.min(Math.max(number, 0), LONGEST_LIFE);
}

/** Out of the token itself, unchecked: the gateway checks. Its times are compared with each other, as this clock may be wrong. */
function claimsOf(token) {
  try {
    const payload = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    const octets = Uint8Array.from(atob(payload), (octet) => octet.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(octets)) ?? {};
  } catch {
    return {};
  }
}
