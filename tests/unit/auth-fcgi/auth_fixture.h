/*
 * auth_fixture: a site for a test of belfry-auth: a folder with a configuration
 * and databases, a clock that the test sets, and a log that it can read.
 *
 *     struct site site;
 *     site_open(&site, "[auth]\nsession_sources = table\n");
 *     site_sql(&site, "sessions.db", "CREATE TABLE …");
 *     assert_int_equal(site_ask(&site, "HTTP_COOKIE=…", NULL), 200);
 *     assert_non_null(strstr(site.answer.data, "…"));
 *     site_close(&site);
 */
#ifndef BELFRY_TESTS_UNIT_AUTH_FIXTURE_H
#define BELFRY_TESTS_UNIT_AUTH_FIXTURE_H

#include "tests/unit/files.h"

#include "common/buf.h"
#include "common/clock.h"
#include "common/log.h"
#include "fcgi/responder.h"

#define SITE_SECRET "a-secret-for-tests-of-more-than-32-octets"
/* The cookie of site_sessions' alice. */
#define SITE_COOKIE "HTTP_COOKIE=authjs.session-token=token-of-alice"
/* 2026-11-22T19:19:00.250Z */
#define SITE_NOW_MS INT64_C(1795375140250)

struct site {
    char *folder;
    int64_t now_ms;
    struct clock clock;
    char *log_path;
    struct log_sink sink;
    struct logger log;
    struct program_settings *settings;
    struct responder *responder; /* made at the first question */
    struct buf answer;
};

/* The queue is belfry.db in the folder, so the sessions are in sessions.db next to it. `ini` is
 * appended to the configuration. The secret is SITE_SECRET. */
void site_open(struct site *site, const char *ini);
void site_close(struct site *site);

/* Runs SQL in a file of the folder, which is created if it is missing. */
void site_sql(const struct site *site, const char *file, const char *sql);
/* Creates tables like those of `belfry init --sessions`, with alice, whose session token-of-alice
 * is valid for two more hours. */
void site_sessions(const struct site *site);

/* A request with these parameters ("NAME=value", NULL at the end), by GET unless REQUEST_METHOD is
 * among them. Returns the status; the response is in `answer`. */
int site_ask(struct site *site, ...) __attribute__((sentinel));

/* Fails unless the response contains the text, or contains it nowhere. */
void site_answers(const struct site *site, const char *text);
void site_answers_without(const struct site *site, const char *text);

/* Fails unless the log contains the text. */
void site_has_logged(const struct site *site, const char *text);
/* The log so far. malloc()ed. */
char *site_logged(const struct site *site);
/* The payload of the token in the response, as JSON text. malloc()ed. */
char *site_payload(const struct site *site);

#endif
