#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "gateway/realtime/stale_rows.h"
#include "tests/unit/realtime/realtime_rig.h"

#define SOON_MS 20000
#define MANY 300   /* rows of 16 KB: more than a socket with a small buffer takes */
#define DELETED 10 /* of these */

static bool fell_behind(struct rig *rig)
{
    return realtime_counted((const struct realtime_rig *)rig).changes_behind > 0;
}

static bool overflowed(struct rig *rig)
{
    return realtime_counted((const struct realtime_rig *)rig).changes_overflowed > 0;
}

static void insert_delivered(struct realtime_rig *rig, int count)
{
    rig_sql(&rig->store,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
        "INSERT INTO notifications (user_id, title, status, delivered_at) SELECT 'alice', 'old', "
        "'delivered', strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ') FROM n",
        count);
}

/* A page of a user with that many rows, which does not read until it has fallen behind. */
static void open_behind(struct page *page, struct realtime_rig *rig, int rows)
{
    const int small = 65536;

    rig->settings.max_buffer = 65536;
    realtime_update(rig->realtime, &rig->settings);
    insert_delivered(rig, rows);
    page_open(page, rig, "alice");
    setsockopt(page->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    rig_sql(&rig->store,
        "UPDATE notifications SET title = 'first', body = hex(zeroblob(8192)) WHERE id <= %d",
        MANY);
    assert_true(rig_until(&rig->store, fell_behind, SOON_MS));
}

static int id_in(const char *text)
{
    const char *id = strstr(text, "\"id\":\"");

    return id ? atoi(id + 6) : 0;
}

/* What a page has heard of a row. */
struct heard_row {
    int updates;
    bool is_settled; /* it was told of the last state, which may be said more than once */
};

static void note_removed(const char *text, struct heard_row *rows)
{
    for (int id = 1; id <= MANY; id++) {
        char quoted[16];

        snprintf(quoted, sizeof(quoted), "\"%d\"", id);
        rows[id].is_settled |= strstr(text, quoted) != NULL;
    }
}

static void note_heard(const char *text, struct heard_row *rows)
{
    int id = id_in(text);

    if (strstr(text, "notification:remove")) {
        note_removed(text, rows);
    } else if (strstr(text, "notification:update")) {
        assert_in_range(id, 1, MANY);
        rows[id].updates++;
        rows[id].is_settled |= strstr(text, "\"title\":\"last\"") != NULL;
    }
}

static void read_all(struct page *page, struct heard_row *rows)
{
    for (int id = 1; id <= MANY; id++) {
        while (!rows[id].is_settled)
            note_heard(page_hear(page), rows);
    }
}

static void a_slow_page_is_told_the_last_state_of_each_row(void **state)
{
    struct realtime_rig *rig = *state;
    struct heard_row rows[MANY + 1] = {{.updates = 0}};
    struct page page;

    open_behind(&page, rig, MANY);
    for (int i = 0; i < 3; i++)
        rig_sql(&rig->store, "UPDATE notifications SET title = 'middle %d'", i);
    rig_sql(&rig->store, "BEGIN; UPDATE notifications SET title = 'last';"
                         "DELETE FROM notifications WHERE id <= 10; COMMIT");
    rig_idle(&rig->store, 300);
    read_all(&page, rows);
    for (int id = 1; id <= MANY; id++)
        assert_in_range(rows[id].updates, id <= DELETED ? 0 : 1, 2);
    insert_delivered(rig, 1);
    /* Once the next row has come, the gateway has seen this one. */
    rig_sql(&rig->store, "INSERT INTO notifications (user_id, title) VALUES ('alice', 'next')");
    page_await(&page, "\"title\":\"next\"");
    rig_sql(&rig->store, "UPDATE notifications SET title = 'live' WHERE id = %d", MANY + 1);
    page_await(&page, "\"title\":\"live\"");
    page_close(&page);
}

static void a_page_that_leaves_while_behind_leaves_nothing(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    open_behind(&page, rig, MANY);
    page_close(&page);
    realtime_await_clients(rig, 0);
}

/* It finds out what it missed when it connects again. */
static void a_page_with_too_many_stale_rows_is_closed(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    open_behind(&page, rig, 2 * STALE_ROWS_MAX + MANY);
    rig_sql(&rig->store, "UPDATE notifications SET title = 'last'");
    assert_true(rig_until(&rig->store, overflowed, SOON_MS));
    assert_int_equal(realtime_counted(rig).changes_overflowed, 1);
    page_close(&page);
    realtime_await_clients(rig, 0);
}

/* Rows that it may not show at all: those beyond STALE_ROWS_LOOKS at once are left out. */
static void a_page_that_reads_is_not_closed_for_pending_rows(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    insert_delivered(rig, 1);
    page_open_as(&page, rig, "alice", "", "{\"subscribe\":false}");
    rig_sql(&rig->store, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                         "40000) INSERT INTO notifications (user_id, title) SELECT 'alice', 'a' "
                         "FROM n");
    page_await(&page, "\"data\":40001");
    rig_sql(&rig->store, "UPDATE notifications SET title = 'b' WHERE status = 'pending'");
    rig_sql(&rig->store, "UPDATE notifications SET title = 'last' WHERE status = 'delivered'");
    page_await(&page, "\"title\":\"last\"");
    assert_int_equal(realtime_counted(rig).changes_overflowed, 0);
    page_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REALTIME_TEST(a_slow_page_is_told_the_last_state_of_each_row),
        REALTIME_TEST(a_page_that_leaves_while_behind_leaves_nothing),
        REALTIME_TEST(a_page_with_too_many_stale_rows_is_closed),
        REALTIME_TEST(a_page_that_reads_is_not_closed_for_pending_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
