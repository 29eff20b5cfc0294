#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/realtime/realtime_rig.h"

/* "connection=499 " of the only line that holds the text. */
static void take_id(struct realtime_rig *rig, const char *text, char *id, size_t size)
{
    static char log[1 << 16];
    ssize_t got = pread(rig->store.log_fd, log, sizeof(log) - 1, 0);
    char *line, *end;

    log[got > 0 ? got : 0] = '\0';
    line = strstr(log, text);
    assert_non_null(line);
    while (line > log && line[-1] != '\n')
        line--;
    line = strstr(line, "connection=");
    assert_non_null(line);
    end = strchr(line, ' ');
    assert_non_null(end);
    snprintf(id, size, "%.*s", (int)(end - line), line);
}

static void one_id_from_coming_to_going(void **state)
{
    struct realtime_rig *rig = *state;
    char coming[64], going[64];
    struct page other, page;

    page_open(&other, rig, "bob");
    page_open(&page, rig, "alice");
    page_close(&page);
    realtime_await_clients(rig, 1);
    take_id(rig, "user=alice framing=plain carrier=websocket connected", coming, sizeof(coming));
    take_id(rig, " disconnected: ", going, sizeof(going));
    assert_string_equal(coming, going);
    assert_true(rig_logged(&rig->store, "user=alice carrier=websocket code=1006 seconds="));
    take_id(rig, "user=bob", coming, sizeof(coming));
    assert_string_not_equal(coming, going);
    page_close(&other);
}

static void a_refusal_has_its_code_and_no_token(void **state)
{
    struct realtime_rig *rig = *state;
    char forged[4096];
    struct page page;

    snprintf(forged, sizeof(forged), "%s", realtime_token(rig, "alice", ""));
    forged[strlen(forged) - 2] ^= 1;
    page_knock(&page, rig, forged);
    page_expect_event(&page, "error", "token_invalid");
    page_expect_close(&page, 4401);
    page_close(&page);
    realtime_await_clients(rig, 0);
    assert_true(rig_logged(&rig->store, " code=token_invalid token refused: "));
    assert_true(rig_logged(&rig->store, " code=4401 "));
    assert_false(rig_logged(&rig->store, "user=alice"));
    forged[20] = '\0';
    assert_false(rig_logged(&rig->store, forged));
}

/* A subject may hold what turns the direction of text. */
static void a_users_name_cannot_change_how_the_line_reads(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    page_open(&page, rig,
        "al\xE2\x80\xAE"
        "ice msg=x");
    assert_true(rig_logged(&rig->store, "user=\"al\\xe2\\x80\\xaeice msg=x\" framing=plain"));
    assert_false(rig_logged(&rig->store, "\xE2\x80\xAE"));
    page_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REALTIME_TEST(one_id_from_coming_to_going),
        REALTIME_TEST(a_refusal_has_its_code_and_no_token),
        REALTIME_TEST(a_users_name_cannot_change_how_the_line_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
