/*
 * publish_rig: belfry-publish on a queue in a folder of its own, with a key,
 * a clock that the test sets, and a log that it can read.
 *
 *     struct publish_rig rig;
 *     publish_rig_open(&rig, PUBLISH_MAY_NOTIFICATIONS, NULL);
 *     assert_int_equal(publish_rig_post(&rig, "/notifications", "{…}"), 200);
 *     publish_rig_says(&rig, "{\"ids\":[\"1\"]}");
 *     publish_rig_close(&rig);
 */
#ifndef BELFRY_TESTS_UNIT_PUBLISH_RIG_H
#define BELFRY_TESTS_UNIT_PUBLISH_RIG_H

#include "tests/unit/queue_rig.h"

#include "common/log.h"
#include "common/publish_key.h"
#include "fcgi/responder.h"

/* 2026-11-22T19:19:00.250Z */
#define PUBLISH_RIG_NOW_MS INT64_C(1795375140250)
#define PUBLISH_MAY_ALL 31

struct publish_rig {
    struct queue_rig queue; /* as somebody else has it open */
    int64_t now_ms;
    struct clock clock;
    char *folder; /* of what is not the queue's */
    char *log_path;
    struct log_sink sink;
    struct logger log;
    struct program_settings *settings;
    struct responder *responder;
    enum endpoint_patience patience; /* MUST_ANSWER, until the test says otherwise */
    enum endpoint_result result;     /* of the last request */
    char key[PUBLISH_KEY_SIZE];
    struct buf answer;
};

/* The key has these rights, and may name users whose ids begin with `users`; NULL: all. */
void publish_rig_open(struct publish_rig *rig, unsigned rights, const char *users);
void publish_rig_close(struct publish_rig *rig);

/* Makes a key, which is the rig's from now on. */
void publish_rig_key(struct publish_rig *rig, const char *name, unsigned rights, const char *users);

/* Sends a request, with the key unless the parameters have HTTP_AUTHORIZATION. `body` may be NULL;
 * without CONTENT_TYPE it is JSON. More parameters ("NAME=value") follow, NULL at the end. Returns
 * the status, or 0 where the request is deferred. */
int publish_rig_ask(struct publish_rig *rig, const char *method, const char *path, const char *body,
    ...) __attribute__((sentinel));
int publish_rig_post(struct publish_rig *rig, const char *path, const char *body);

/* Asserts that the answer, with its headers, has this text in it. */
void publish_rig_says(const struct publish_rig *rig, const char *text);
/* Asserts that the log has or has not this text in it. */
void publish_rig_logged(const struct publish_rig *rig, const char *text, bool has);
/* How many rows the table has. */
int64_t publish_rig_rows(struct publish_rig *rig, const char *table);

#endif
