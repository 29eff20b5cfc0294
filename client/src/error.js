const LOST = new Set(['connection_lost', 'offline']);
const PASSING = new Set(['timeout', 'unavailable', 'busy', 'rate_limited']);

/**
 * Every error has a `code` for programs and a message for people. Codes of the
 * gateway are passed on unchanged; the client's own are `offline`, `connection_lost`,
 * `timeout`, `unauthorized`, `origin_refused`, `token_unavailable`, `unreachable`,
 * `bad_address`, `user_changed`, `queue_full` and `disconnected`.
 */
export class BelfryError extends Error {
  constructor(code, message, details) {
    super(message);
    this.name = 'BelfryError';
    this.code = code;
    Object.assign(this, details);
  }
}

export function offline(event) {
  return new BelfryError('offline', 'Not connected', { event });
}

/** Whether there was no connection to ask on: the next one asks again anyway. */
export function isLost({ code }) {
  return LOST.has(code);
}

/** Whether the refusal does not concern what was asked for: the same connection asks again. */
export function isPassing({ code }) {
  return PASSING.has(code);
}
