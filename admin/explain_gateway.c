#include "admin/explain_gateway.h"

#include <stdarg.h>
#include <string.h>

#include "admin/ask_ops.h"
#include "common/buf.h"
#include "common/json.h"
#include "common/moment.h"

#define CONNECTIONS_SHOWN 5
#define ENDS_SHOWN 5
#define SENTENCE_MAX_OCTETS 4096

static void say(json_t *sentences, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What clients sent is escaped. */
static void say(json_t *sentences, const char *format, ...)
{
    struct buf plain, shown;
    va_list args;

    buf_init(&plain, SENTENCE_MAX_OCTETS);
    buf_init(&shown, 4 * SENTENCE_MAX_OCTETS);
    va_start(args, format);
    buf_vaddf(&plain, format, args);
    va_end(args);
    buf_add_escaped(&shown, plain.data, plain.len);
    json_array_append_new(sentences, json_string(shown.data));
    buf_release(&shown);
    buf_release(&plain);
}

/* "4 minutes"; an unknown time counts as now. */
static char *age(const char *since, int64_t now, char words[DURATION_WORDS_SIZE])
{
    int64_t ms = now;

    if (since)
        clock_parse_iso(since, &ms);
    return duration_words(now > ms ? now - ms : 0, words);
}

static void say_connection(const json_t *row, int64_t now, json_t *sentences)
{
    char words[DURATION_WORDS_SIZE];
    const char *id = json_text(row, "id"), *address = json_text(row, "address");
    const char *framing = json_text(row, "framing"), *carrier = json_text(row, "carrier");
    json_int_t unconfirmed = json_integer_value(json_object_get(row, "unconfirmed"));

    say(sentences,
        "Connection %s, from %s, speaks %s over %s, has been open for %s and has "
        "%" JSON_INTEGER_FORMAT " notification%s to confirm.",
        id ? id : "?", address ? address : "?", framing ? framing : "?", carrier ? carrier : "?",
        age(json_text(row, "openedAt"), now, words), unconfirmed, unconfirmed == 1 ? "" : "s");
}

/* ---- those that ended ---- */

/* What the gateway's word for it means: peer_close() and peer_refusal have the words. */
static const char *end_words(const char *why)
{
    static const struct {
        const char *why, *words;
    } known[] = {
        {"session_over", "its session had ended: the user logged out, or was logged out"},
        {"session_revoked", "its token was revoked, or its session had ended"},
        {"Session revoked", "it was refused: its token was revoked, or its session had ended"},
        {"token_expired", "its token had expired, and the page sent no new one"},
        {"slow_consumer", "it took or confirmed nothing for ping_timeout"},
        {"ping timeout", "it no longer answered pings"},
        {"rate_limited", "it sent far more than rate and burst allow"},
        {"Too many connections", "it was refused: the user had max_connections_per_user already"},
        {"Try again later", "it was refused: the queue could not be asked"},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].why, why) == 0)
            return known[i].words;
    return why;
}

static void say_end(const json_t *row, int64_t now, json_t *sentences)
{
    char words[DURATION_WORDS_SIZE], lasted[DURATION_WORDS_SIZE];
    const char *id = json_text(row, "id"), *address = json_text(row, "address");
    const char *ended = json_text(row, "endedAt"), *why = json_text(row, "why");
    json_int_t unconfirmed = json_integer_value(json_object_get(row, "unconfirmed"));
    int64_t ended_at = now;

    if (ended)
        clock_parse_iso(ended, &ended_at);
    say(sentences,
        "Connection %s, from %s, ended %s ago, having been open for %s, with "
        "%" JSON_INTEGER_FORMAT " notification%s unconfirmed: %s.",
        id ? id : "?", address ? address : "?", age(ended, now, words),
        age(json_text(row, "openedAt"), ended_at, lasted), unconfirmed, unconfirmed == 1 ? "" : "s",
        end_words(why ? why : "the gateway does not say why"));
}

/* The latest, and before it those that ended since `created`: no other can have been sent it. */
static void say_ends(const json_t *page, const char *created, int64_t now, json_t *sentences)
{
    const json_t *rows = json_object_get(page, "ended");
    const char *ended;

    for (size_t i = 0; i < json_array_size(rows) && i < ENDS_SHOWN; i++) {
        ended = json_text(json_array_get(rows, i), "endedAt");
        if (i > 0 && (!ended || !created || strcmp(ended, created) < 0))
            break;
        say_end(json_array_get(rows, i), now, sentences);
    }
}

/* Returns 0, or -1 if it is not the answer of a gateway. */
static int say_connections(
    const struct buf *answer, const char *user, const char *created, json_t *sentences)
{
    json_t *page = json_read(answer->data, answer->len, NULL);
    const json_t *rows = json_object_get(page, "connections");
    const char *now = json_text(page, "now");
    int64_t at;
    bool is_page = json_is_array(rows) && now && clock_parse_iso(now, &at) == 0;

    if (is_page && json_array_size(rows) == 0)
        say(sentences, "The gateway on this machine has no connection of %s now.", user);
    for (size_t i = 0; is_page && i < json_array_size(rows) && i < CONNECTIONS_SHOWN; i++)
        say_connection(json_array_get(rows, i), at, sentences);
    if (is_page && json_array_size(rows) > CONNECTIONS_SHOWN)
        say(sentences, "`belfry connections` lists the others, too.");
    if (is_page)
        say_ends(page, created, at, sentences);
    json_decref(page);
    return is_page ? 0 : -1;
}

/* Returns the status, or -1 with the reason. */
static int ask(const char *address, const char *user, const char *created, json_t *sentences,
    struct reason *why)
{
    struct http_reply reply;
    struct buf path;

    buf_init(&path, SENTENCE_MAX_OCTETS);
    buf_add_text(&path, "/connections?user=");
    ask_ops_add_value(&path, user);
    int status = ask_ops(address, path.data, &reply, why);
    if (status > 0 && status != 200)
        status = reason_set(why, "it answers %d", status);
    else if (status == 200 && say_connections(&reply.body, user, created, sentences) < 0)
        status = reason_set(why, "what answers there is no belfry-gateway of this version");
    http_reply_release(&reply);
    buf_release(&path);
    return status;
}

void explain_gateway(
    const struct admin *admin, const char *user, const char *created, json_t *sentences)
{
    struct reason why;
    const char *address = ask_ops_address(&admin->config, &why);

    if (!address || ask(address, user, created, sentences, &why) < 0)
        say(sentences,
            "The gateway could not be asked who is connected: %s. `belfry status` says whether it "
            "runs.",
            why.text);
}
