#include "auth-fcgi/cookie_claims.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"

/* The end of the year 9999, the last that a log line can show. */
#define SECONDS_MAX INT64_C(253402300799)
#define INTEGER_SIZE 21

/* Reads a NumericDate (RFC 7519, section 2). Returns 1, 0 where there is none, -1 with the reason.
 */
static int time_read(const json_t *claims, const char *name, int64_t *seconds, struct reason *why)
{
    const json_t *value = json_object_get(claims, name);

    if (!value)
        return 0;
    double number = json_is_number(value) ? json_number_value(value) : -1;
    if (!(number >= 0 && number <= (double)SECONDS_MAX))
        return reason_set(why, "its \"%s\" is not a time", name);
    *seconds = (int64_t)number;
    return 1;
}

static int times_judge(
    const json_t *claims, int64_t now, struct session *session, struct reason *why)
{
    int64_t exp = 0;
    int64_t nbf = 0;
    char iso[CLOCK_ISO_SIZE];
    int ends = time_read(claims, "exp", &exp, why);
    int begins = ends < 0 ? -1 : time_read(claims, "nbf", &nbf, why);

    if (begins < 0)
        return -1;
    if (begins && nbf > now + COOKIE_CLAIMS_TOLERANCE)
        return reason_set(why, "it is not valid before %s", clock_iso(nbf * 1000, iso));
    if (ends && exp <= now - COOKIE_CLAIMS_TOLERANCE)
        return reason_set(why, "the session expired at %s: the visitor has to sign in again",
            clock_iso(exp * 1000, iso));
    if (ends)
        session->ends_at = exp > now ? exp : exp + COOKIE_CLAIMS_TOLERANCE;
    return 0;
}

/* A user id as text. Frameworks also put integers there, as they are in their database. */
static const char *id_read(const json_t *claims, const char *name, char digits[INTEGER_SIZE])
{
    const json_t *value = json_object_get(claims, name);

    if (!json_is_integer(value))
        return json_text(claims, name);
    snprintf(digits, INTEGER_SIZE, "%" PRId64, (int64_t)json_integer_value(value));
    return digits;
}

/* Half a character has become U+FFFD (json.h), which could make two different ids equal. */
static bool has_broken_character(const char *text)
{
    return text && strstr(text, "\xEF\xBF\xBD");
}

static int claims_take(
    const json_t *claims, int64_t now, struct session *session, struct reason *why)
{
    char digits[INTEGER_SIZE];

    if (!json_is_object(claims))
        return reason_set(why, "its content is not a JSON object");
    if (times_judge(claims, now, session, why) < 0)
        return -1;
    struct session_fields fields = {
        .user_id = id_read(claims, json_object_get(claims, "sub") ? "sub" : "id", digits),
        .email = json_text(claims, "email"),
        .name = json_text(claims, "name"),
        .role = json_text(claims, "role"),
    };
    if (has_broken_character(fields.user_id))
        return reason_set(why, "its user id contains a broken character");
    return session_fill(session, &fields, why);
}

int cookie_claims_read(
    const char *json, size_t len, int64_t now, struct session *session, struct reason *why)
{
    json_t *claims = json_read(json, len, why);

    if (!claims)
        return reason_prefix(why, "its content: ");
    int result = claims_take(claims, now, session, why);
    json_decref(claims);
    return result;
}
