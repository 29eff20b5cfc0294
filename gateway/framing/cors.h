/*
 * cors: which pages may use the carriers that are plain HTTP requests, polling and
 * event streams (Fetch standard, section 3.2; for a WebSocket the origin alone
 * counts).
 *
 * A page of the same host needs nothing. One that `allowed_origins` lists gets
 * the fields that let its browser read the answers, with every answer, errors
 * included: without them the page could not tell a refusal from a broken network.
 * Any other is refused.
 */
#ifndef BELFRY_GATEWAY_FRAMING_CORS_H
#define BELFRY_GATEWAY_FRAMING_CORS_H

#include <stdbool.h>

struct candidate;
struct candidate_refusal;

/* Whether the request's origin is allowed; if not, it is refused with `foreign`. */
bool cors_admit(struct candidate *candidate, const struct candidate_refusal *foreign);
/* Answers an OPTIONS request, once it is admitted: a browser sends one first, as a preflight. */
void cors_answer_options(struct candidate *candidate);

#endif
