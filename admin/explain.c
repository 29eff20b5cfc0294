#include "admin/explain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "admin/explain_gateway.h"
#include "admin/known.h"
#include "admin/queue.h"
#include "common/buf.h"
#include "common/moment.h"

/* A gateway that has been silent for longer is not running. */
#define GATEWAY_SILENT_MS 15000
#define JUST_NOW_MS 2000
#define EARLIER_MAX "1000"

/* $1 is the id, $2 now, $3 the time since which a running gateway must have been active. */
static const struct sql_text text = SQL_BOTH(
    "SELECT n.user_id, n.title, n.status, n.error, n.created_at, n.deliver_after, n.expires_at, "
    "n.delivered_at, n.read_at, n.seen_at, n.archived_at, n.updated_at, n.attempts, "
    "(SELECT count(*) FROM (SELECT 1 FROM notifications AS e WHERE e.user_id = n.user_id "
    "AND e.status = 'pending' AND e.archived_at IS NULL AND e.id < n.id "
    "AND (e.deliver_after IS NULL OR e.deliver_after <= $2) "
    "AND (e.expires_at IS NULL OR e.expires_at > $2) LIMIT " EARLIER_MAX ") AS earlier), "
    "(SELECT max(alive_at) FROM gateways), "
    "(SELECT sum(p.connections) FROM presence AS p JOIN gateways AS g ON g.instance = p.instance "
    "WHERE p.user_id = n.user_id AND g.alive_at > $3), "
    "(SELECT max(last_seen) FROM presence AS p WHERE p.user_id = n.user_id), "
    "(SELECT not_before FROM revocations AS r WHERE r.user_id = n.user_id), "
    "(SELECT count(*) FROM gateways AS g WHERE g.alive_at > $3) "
    "FROM notifications AS n WHERE n.id = CAST($1 AS BIGINT)");

/* What is known about the notification. Texts belong to the row; a malformed time counts as
 * unknown. */
struct facts {
    const char *id, *user, *title, *status, *error;
    const char *created, *after, *expires, *delivered, *read, *seen, *archived, *updated;
    int64_t attempts, earlier, connections, gateways;
    const char *gateway_seen, *last_seen, *revoked;
    int64_t now;
    bool is_local; /* times are for a person here */
    const struct admin *admin;
};

static void add_sentence(json_t *sentences, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The text of a row may come from anybody, so it is escaped. */
static void add_sentence(json_t *sentences, const char *format, ...)
{
    struct buf plain, shown;
    va_list args;

    buf_init(&plain, 65536);
    buf_init(&shown, 4 * 65536);
    va_start(args, format);
    buf_vaddf(&plain, format, args);
    va_end(args);
    buf_add_escaped(&shown, plain.data, plain.len);
    json_array_append_new(sentences, json_string(shown.data));
    buf_release(&plain);
    buf_release(&shown);
}

#define WHEN_SIZE 128

/* "2026-11-22 20:19:00+01:00, 9 minutes ago", or UTC for programs. Returns out. */
static char *when(const struct facts *facts, const char *time, char out[WHEN_SIZE])
{
    char words[DURATION_WORDS_SIZE], shown[MOMENT_SHOWN_SIZE];
    int64_t ms;

    if (!time || clock_parse_iso(time, &ms) < 0) {
        snprintf(out, WHEN_SIZE, "an unknown time");
        return out;
    }
    if (facts->is_local)
        time = moment_show(ms, false, shown);
    if (ms > facts->now)
        snprintf(out, WHEN_SIZE, "%s, in %s", time, duration_words(ms - facts->now, words));
    else
        snprintf(out, WHEN_SIZE, "%s, %s ago", time, duration_words(facts->now - ms, words));
    return out;
}

/* Whether the time is known and in the past. */
static bool is_past(const struct facts *facts, const char *time)
{
    int64_t ms;

    return time && clock_parse_iso(time, &ms) == 0 && ms <= facts->now;
}

static bool is_running(const struct facts *facts)
{
    int64_t ms;

    return facts->gateway_seen && clock_parse_iso(facts->gateway_seen, &ms) == 0 &&
           facts->now - ms < GATEWAY_SILENT_MS;
}

static void say_retry(const struct facts *facts, json_t *sentences)
{
    add_sentence(sentences, "`belfry queue retry %s` sends it after all.", facts->id);
}

static void say_no_gateway(const struct facts *facts, json_t *sentences)
{
    char time[WHEN_SIZE];

    if (facts->gateway_seen)
        add_sentence(sentences, "No gateway is running: its last sign of life was %s. Start it.",
            when(facts, facts->gateway_seen, time));
    else
        add_sentence(sentences,
            "No gateway serves this queue: is belfry-gateway running, and configured with "
            "this database?");
}

static void say_away(const struct facts *facts, json_t *sentences)
{
    char time[WHEN_SIZE];
    int digits;

    if (!facts->last_seen && known_is_float(facts->user, &digits))
        add_sentence(sentences,
            "Nobody has ever connected as %s: this is the number %.*s, which a program bound as a "
            "float. The \"sub\" of tokens is %.*s: bind ids as text, and insert it again.",
            facts->user, digits, facts->user, digits, facts->user);
    else if (!facts->last_seen)
        add_sentence(sentences,
            "Nobody has ever connected as %s: is that the id your tokens have as \"sub\"?",
            facts->user);
    else
        add_sentence(sentences,
            "%s is not connected, and was last seen %s. It will be sent when they reconnect.",
            facts->user, when(facts, facts->last_seen, time));
    if (facts->attempts > 0)
        add_sentence(sentences, "It was sent %" PRId64 " time%s before, and never confirmed.",
            facts->attempts, facts->attempts == 1 ? "" : "s");
    if (facts->expires)
        add_sentence(sentences, "It waits for them until %s.", when(facts, facts->expires, time));
    if (facts->revoked)
        add_sentence(sentences,
            "Their tokens issued until %s are revoked: they must sign in again.",
            when(facts, facts->revoked, time));
}

static void say_unsent(const struct facts *facts, json_t *sentences)
{
    int64_t created;

    if (clock_parse_iso(facts->created, &created) == 0 && facts->now - created < JUST_NOW_MS)
        add_sentence(sentences, "It was inserted just now and is about to be sent.");
    else if (facts->earlier > 0)
        add_sentence(sentences,
            "It has not been sent: %s%" PRId64 " earlier notification%s must be confirmed first.",
            facts->earlier == atoi(EARLIER_MAX) ? "at least " : "", facts->earlier,
            facts->earlier == 1 ? "" : "s");
    else
        add_sentence(sentences,
            "It has not been sent, though it should have been: `belfry status` says "
            "whether the gateway is ready, and its log says what hinders it. A page "
            "that unsubscribed from user:notifications receives nothing either.");
}

static void say_online(const struct facts *facts, json_t *sentences)
{
    add_sentence(sentences, "%s is online, with %" PRId64 " connection%s.", facts->user,
        facts->connections, facts->connections == 1 ? "" : "s");
    if (facts->attempts == 0)
        say_unsent(facts, sentences);
    else
        add_sentence(sentences,
            "It was sent %" PRId64 " time%s, and no browser has confirmed it: the connection was "
            "lost on the way, the page does not respond, or a proxy in between answers pings "
            "itself "
            "(then let pages connect with \"ack\": true).",
            facts->attempts, facts->attempts == 1 ? "" : "s");
}

/* Whether it only waits for the user. */
static bool is_due(const struct facts *facts)
{
    return !facts->archived && !is_past(facts, facts->expires) &&
           (!facts->after || is_past(facts, facts->after));
}

static void ask_gateway(const struct facts *facts, json_t *sentences)
{
    explain_gateway(facts->admin, facts->user, facts->created, sentences);
    if (facts->gateways > 1)
        add_sentence(sentences,
            "Of the %" PRId64 " gateways that serve this queue, only the one on this machine was "
            "asked.",
            facts->gateways);
}

static void explain_pending(const struct facts *facts, json_t *sentences)
{
    char time[WHEN_SIZE];

    if (facts->archived)
        add_sentence(sentences,
            "It was archived before it was delivered, and so it is not delivered: `belfry queue "
            "retry %s` takes it out of the archive and sends it.",
            facts->id);
    else if (is_past(facts, facts->expires))
        add_sentence(sentences,
            "It expired at %s: it is no longer delivered, and the gateway will mark it as "
            "expired.",
            when(facts, facts->expires, time));
    else if (facts->after && !is_past(facts, facts->after))
        add_sentence(sentences, "It is not to go before %s.", when(facts, facts->after, time));
    else if (!is_running(facts))
        say_no_gateway(facts, sentences);
    else if (facts->connections == 0)
        say_away(facts, sentences);
    else
        say_online(facts, sentences);
    if (is_due(facts) && is_running(facts))
        ask_gateway(facts, sentences);
}

static void say_delivered(const struct facts *facts, json_t *sentences)
{
    char time[WHEN_SIZE], words[DURATION_WORDS_SIZE];
    int64_t created, delivered;

    if (!facts->delivered || clock_parse_iso(facts->delivered, &delivered) < 0)
        return;
    if (!facts->after && clock_parse_iso(facts->created, &created) == 0 && delivered >= created)
        add_sentence(sentences, "A browser of %s confirmed it at %s: %s after it was inserted.",
            facts->user, when(facts, facts->delivered, time),
            duration_words(delivered - created, words));
    else
        add_sentence(sentences, "A browser of %s confirmed it at %s.", facts->user,
            when(facts, facts->delivered, time));
}

static void explain_delivered(const struct facts *facts, json_t *sentences)
{
    say_delivered(facts, sentences);
    add_sentence(sentences, "It is not marked as read yet.");
}

static void explain_read(const struct facts *facts, json_t *sentences)
{
    char time[WHEN_SIZE];

    say_delivered(facts, sentences);
    add_sentence(sentences, "It was marked as read at %s.", when(facts, facts->read, time));
}

static void explain_expired(const struct facts *facts, json_t *sentences)
{
    char time[WHEN_SIZE];

    add_sentence(sentences, "It expired at %s, before a browser confirmed it.",
        when(facts, facts->expires, time));
    if (facts->attempts > 0)
        add_sentence(sentences, "Until then it was sent %" PRId64 " time%s.", facts->attempts,
            facts->attempts == 1 ? "" : "s");
    else if (facts->last_seen)
        add_sentence(sentences, "Until then it was never sent: %s was last seen %s.", facts->user,
            when(facts, facts->last_seen, time));
    else
        add_sentence(sentences, "Nobody has ever connected as %s.", facts->user);
    say_retry(facts, sentences);
}

static void explain_cancelled(const struct facts *facts, json_t *sentences)
{
    if (facts->delivered)
        say_delivered(facts, sentences);
    add_sentence(sentences, facts->delivered ? "It was cancelled afterwards: open pages have taken "
                                               "it out of their lists."
                                             : "It was cancelled before it was delivered.");
    say_retry(facts, sentences);
}

static void explain_failed(const struct facts *facts, json_t *sentences)
{
    add_sentence(sentences, "The gateway cannot send it: %s.",
        facts->error ? facts->error : "no reason is given");
    add_sentence(sentences, "Correct the row; then `belfry queue retry %s` sends it.", facts->id);
}

static const struct {
    const char *status;
    void (*explain)(const struct facts *facts, json_t *sentences);
} explanations[] = {
    {"pending", explain_pending},
    {"delivered", explain_delivered},
    {"read", explain_read},
    {"expired", explain_expired},
    {"cancelled", explain_cancelled},
    {"failed", explain_failed},
};

/* What may have happened to a row whatever its status is. */
static void say_marks(const struct facts *facts, json_t *sentences)
{
    char time[WHEN_SIZE];

    if (facts->updated)
        add_sentence(sentences, "Its text was changed at %s.", when(facts, facts->updated, time));
    if (facts->seen)
        add_sentence(sentences, "The user saw it in a list at %s.", when(facts, facts->seen, time));
    if (facts->archived)
        add_sentence(sentences, "It was archived at %s: lists and counts leave it out.",
            when(facts, facts->archived, time));
}

static json_t *explain(const struct facts *facts)
{
    json_t *sentences = json_array();
    char time[WHEN_SIZE];

    add_sentence(sentences, "Notification %s, '%s' for %s, was inserted at %s.", facts->id,
        facts->title, facts->user, when(facts, facts->created, time));
    for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++)
        if (strcmp(explanations[i].status, facts->status) == 0)
            explanations[i].explain(facts, sentences);
    say_marks(facts, sentences);
    return sentences;
}

static void read_facts(struct sql_rows *row, struct facts *facts)
{
    const char **const texts[] = {&facts->user, &facts->title, &facts->status, &facts->error,
        &facts->created, &facts->after, &facts->expires, &facts->delivered, &facts->read,
        &facts->seen, &facts->archived, &facts->updated};
    int column = 0;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = sql_column(row, column++);
    facts->attempts = sql_number(row, column++);
    facts->earlier = sql_number(row, column++);
    facts->gateway_seen = sql_column(row, column++);
    facts->connections = sql_number(row, column++);
    facts->last_seen = sql_column(row, column++);
    facts->revoked = sql_column(row, column++);
    facts->gateways = sql_number(row, column);
}

static void print(const struct admin *admin, const struct facts *facts, json_t *sentences)
{
    size_t index;
    json_t *sentence;

    if (admin->json) {
        admin_print_json(admin, json_pack("{s:s, s:s, s:O}", "id", facts->id, "status",
                                    facts->status, "sentences", sentences));
        return;
    }
    json_array_foreach (sentences, index, sentence)
        fprintf(admin->out, "%s\n", json_string_value(sentence));
}

static int answer(struct admin *admin, struct sql *queue, const char *id)
{
    struct facts facts = {
        .id = id, .now = clock_wall_ms(admin->clock), .is_local = !admin->json, .admin = admin};
    char now[CLOCK_ISO_SIZE], alive[CLOCK_ISO_SIZE];
    const char *const parameters[] = {
        id, clock_iso(facts.now, now), clock_iso(facts.now - GATEWAY_SILENT_MS, alive)};
    struct reason why;
    struct sql_rows *rows = sql_select(queue, &text, parameters, 3, &why);
    int found = rows ? sql_next(rows, &why) : -1;

    if (found > 0) {
        read_facts(rows, &facts);
        json_t *sentences = explain(&facts);
        print(admin, &facts, sentences);
        json_decref(sentences);
    }
    sql_end(rows);
    if (found == 0)
        return admin_refuse(admin,
            "there is no notification %s: a row that was deleted leaves no "
            "trace, and old ones go after retain_days",
            id);
    return found < 0 ? admin_refuse(admin, "%s", why.text) : ADMIN_DONE;
}

static int explain_run(struct admin *admin, const struct arguments *arguments)
{
    const char *id = arguments->operands[0];
    struct sql *queue;

    if (!queue_is_number(id))
        return admin_misuse(admin, "the ID of a notification is a number, as `belfry send` prints");
    if (admin_look_into_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    int status = answer(admin, queue, id);
    sql_close(&queue);
    return status;
}

const struct command explain_command = {
    .name = "explain",
    .operands = "ID",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "Say why a notification has or has not arrived",
    .more = "    belfry explain 42",
    .run = explain_run,
};
