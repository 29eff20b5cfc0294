/*
 * probe: measures from COMMIT to the wire, without a client library in between.
 *
 *     probe DATABASE URL TOKEN USER COUNT
 *
 * Inserts a row every 10 ms, waits for its notification, and prints how long
 * that took after COMMIT returned, in microseconds, one line per row. Writer and
 * client are one thread: one clock, and no time for scheduling another.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "admin/websocket_client.h"
#include "common/reason.h"

enum { INTERVAL_US = 10000, PATIENCE_MS = 5000, ARGUMENTS = 6 };

struct probe {
    sqlite3 *database;
    sqlite3_stmt *insert;
    struct websocket_client *websocket;
    unsigned counts; /* unread counts heard: the first ends the handshake */
    unsigned notifications;
};

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool starts_with(const char *text, size_t len, const char *start)
{
    return len >= strlen(start) && memcmp(text, start, strlen(start)) == 0;
}

static void on_message(void *context, const char *text, size_t len)
{
    struct probe *probe = context;

    if (starts_with(text, len, "{\"event\":\"notification\""))
        probe->notifications++;
    else if (starts_with(text, len, "{\"event\":\"notification:unread_count\""))
        probe->counts++;
}

/* Reads from the connection until *counter reaches `wanted`. 0, or -1 with the reason. */
static int hear(struct probe *probe, const unsigned *counter, unsigned wanted, struct reason *why)
{
    while (*counter < wanted) {
        int heard = websocket_client_run(probe->websocket, PATIENCE_MS, why);

        if (heard == 0)
            reason_set(why, "nothing came in %d ms", PATIENCE_MS);
        if (heard <= 0)
            return -1;
    }
    return 0;
}

/* Serves the connection until `moment`: the pings that confirm deliveries are answered here. */
static int hear_until(struct probe *probe, int64_t moment, struct reason *why)
{
    for (;;) {
        int64_t left = moment - now_us();

        if (left <= 0)
            return 0;
        if (websocket_client_run(probe->websocket, (int)(left / 1000), why) < 0)
            return -1;
    }
}

static int ring(struct probe *probe, unsigned count, struct reason *why)
{
    int64_t next = now_us();

    for (unsigned i = 1; i <= count; i++) {
        int64_t committed;

        if (sqlite3_step(probe->insert) != SQLITE_DONE || sqlite3_reset(probe->insert)) {
            reason_set(why, "%s", sqlite3_errmsg(probe->database));
            return -1;
        }
        committed = now_us();
        if (hear(probe, &probe->notifications, i, why))
            return -1;
        printf("%" PRId64 "\n", now_us() - committed);
        next += INTERVAL_US;
        if (hear_until(probe, next, why))
            return -1;
    }
    return 0;
}

static int open_database(
    struct probe *probe, const char *path, const char *user, struct reason *why)
{
    static const char insert[] =
        "INSERT INTO notifications (user_id, title, body) VALUES (?, 'Hello', 'See you at eight')";

    if (sqlite3_open_v2(path, &probe->database, SQLITE_OPEN_READWRITE, NULL) ||
        sqlite3_busy_timeout(probe->database, PATIENCE_MS) ||
        sqlite3_exec(probe->database, "PRAGMA synchronous = normal", NULL, NULL, NULL) ||
        sqlite3_prepare_v2(probe->database, insert, -1, &probe->insert, NULL) ||
        sqlite3_bind_text(probe->insert, 1, user, -1, SQLITE_STATIC)) {
        reason_set(why, "%s: %s", path, sqlite3_errmsg(probe->database));
        return -1;
    }
    return 0;
}

static int run(struct probe *probe, char **argv, struct reason *why)
{
    struct wire_target target;
    int status = -1;

    if (open_database(probe, argv[1], argv[4], why) || wire_target_from_url(&target, argv[2], why))
        return -1;
    probe->websocket = websocket_client_open(&target, argv[3], on_message, probe, why);
    wire_target_release(&target);
    if (probe->websocket && hear(probe, &probe->counts, 1, why) == 0)
        status = ring(probe, (unsigned)strtoul(argv[5], NULL, 10), why);
    return status;
}

int main(int argc, char **argv)
{
    struct probe probe = {0};
    struct reason why;
    int status;

    if (argc != ARGUMENTS) {
        fprintf(stderr, "Usage: probe DATABASE URL TOKEN USER COUNT\n");
        return 2;
    }
    status = run(&probe, argv, &why);
    if (status)
        fprintf(stderr, "probe: %s\n", why.text);
    if (probe.websocket)
        websocket_client_free(probe.websocket);
    sqlite3_finalize(probe.insert);
    sqlite3_close(probe.database);
    return status ? 1 : 0;
}
