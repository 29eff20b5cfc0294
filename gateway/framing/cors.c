#include "gateway/framing/cors.h"

#include "common/buf.h"
#include "gateway/framing/candidate.h"

#define FIELDS_MAX 16384 /* the request, and so its Origin, is no longer */

/* A browser asks again after this many seconds; none remembers the answer for longer than a day. */
#define MAX_AGE "86400"

/* The answer differs by Origin, so a cache must not give it to another page. */
static void allow_listed(struct candidate *candidate)
{
    struct buf fields;

    buf_init(&fields, FIELDS_MAX);
    buf_addf(&fields,
        "Access-Control-Allow-Origin: %s\r\nAccess-Control-Allow-Credentials: true\r\n"
        "Vary: Origin\r\n",
        candidate_field(candidate, HTTP_FIELD_ORIGIN));
    exchange_set_fields(candidate->exchange, fields.data);
    buf_release(&fields);
}

bool cors_admit(struct candidate *candidate, const struct candidate_refusal *foreign)
{
    enum origin_verdict verdict = candidate_origin(candidate);

    if (verdict == ORIGIN_FOREIGN)
        return candidate_refuse(candidate, foreign);
    if (verdict == ORIGIN_LISTED)
        allow_listed(candidate);
    return true;
}

void cors_answer_options(struct candidate *candidate)
{
    static const struct http_answer answer = {
        .status = 204,
        .fields = "Allow: GET, POST, OPTIONS\r\n"
                  "Access-Control-Allow-Methods: GET, POST, OPTIONS\r\n"
                  "Access-Control-Allow-Headers: Authorization, Content-Type, Last-Event-ID\r\n"
                  "Access-Control-Max-Age: " MAX_AGE "\r\n",
    };

    exchange_answer(candidate->exchange, &answer);
}
