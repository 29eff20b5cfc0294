#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/store/logout_rig.h"

static void tells_once_of_a_session_that_went_and_refuses_its_tokens(void **state)
{
    struct site *site = *state;

    logout_sign_in(site, "t1");
    logout_sign_in(site, "t2");
    logout_enters(site, "t2");
    logout_enters(site, "t1");
    assert_int_equal(logout_attach(site), STORE_OK);
    logout_sign_out(site, "t1");
    logout_ends(site, 1);
    assert_int_equal(strncmp(site->rig.last_hash, site->sid, 22), 0);
    assert_int_equal(strlen(site->rig.last_hash), 22);
    assert_int_equal(logout_attach(site), STORE_OVER);
    assert_int_equal(rig_check(&site->rig, "alice", 1000), STORE_OVER);
    logout_enters(site, "t2");
    logout_ends_none(site);
}

static void refuses_a_token_whose_session_went_unwatched(void **state)
{
    struct site *site = *state;

    logout_sign_in(site, "t1");
    logout_show(site, "t1");
    logout_sign_out(site, "t1");
    assert_int_equal(logout_attach(site), STORE_OVER);
    assert_int_equal(logout_attach(site), STORE_OVER);
    assert_int_equal(
        rig_integer(&site->rig, "SELECT count(*) FROM presence WHERE user_id = 'alice'"), 0);
}

static void lets_in_again_where_the_session_is_back(void **state)
{
    struct site *site = *state;

    logout_sign_in(site, "t1");
    logout_enters(site, "t1");
    logout_sign_out(site, "t1");
    logout_ends(site, 1);
    assert_int_equal(logout_attach(site), STORE_OVER);
    logout_sign_in(site, "t1");
    assert_int_equal(logout_attach(site), STORE_OK);
    /* What was known about it before no longer counts. */
    logout_sql(site, "UPDATE session SET rowid = 77");
    logout_ends_none(site);
    assert_int_equal(logout_attach(site), STORE_OK);
    logout_sign_out(site, "t1");
    logout_ends(site, 3);
}

/* A deleted user has no session, even if its row remains. */
static void ends_the_sessions_of_a_user_who_is_deleted(void **state)
{
    struct site *site = *state;

    logout_sql(site, "CREATE TABLE user (id TEXT PRIMARY KEY, name TEXT)");
    logout_sql(site, "INSERT INTO user VALUES ('alice', 'Alice'), ('bob', 'Bob')");
    logout_sign_in(site, "t1");
    logout_sql(site, "INSERT INTO session VALUES ('t2', 'bob', '2099-01-01T00:00:00Z')");
    logout_enters(site, "t2");
    logout_enters(site, "t1");
    logout_sql(site, "DELETE FROM user WHERE id = 'alice'");
    logout_ends(site, 1);
    assert_int_equal(strncmp(site->rig.last_hash, site->sid, 22), 0);
    assert_int_equal(logout_attach(site), STORE_OVER);
    assert_int_equal(rig_check(&site->rig, "alice", 1000), STORE_OVER);
    logout_enters(site, "t2");
    logout_sql(site, "INSERT INTO user VALUES ('alice', 'Alice')");
    logout_enters(site, "t1");
    logout_ends_none(site);
}

/* Not for ever: once the session is seen again, its end is forgotten, also in the file. */
static void forgets_that_a_session_was_over_when_it_is_seen(void **state)
{
    struct site *site = *state;

    logout_end_session(site, "t1");
    assert_true(rig_await_integer(&site->rig,
        "SELECT count(*) FROM belfry_meta WHERE key LIKE 'session_over.%'", 1, SITE_SOON_MS));
    logout_sign_in(site, "t1");
    assert_int_equal(logout_attach(site), STORE_OK);
    assert_true(rig_await_integer(&site->rig,
        "SELECT count(*) FROM belfry_meta WHERE key LIKE 'session_over.%'", 0, SITE_SOON_MS));
    assert_int_equal(unlink(site->path), 0);
    assert_int_equal(logout_attach(site), STORE_OK);
}

static void says_nothing_of_sessions_whose_connections_went(void **state)
{
    struct site *site = *state;

    logout_sign_in(site, "t1");
    logout_enters(site, "t1");
    assert_int_equal(logout_attach(site), STORE_OK);
    store_detach(site->rig.store, "alice", site->sid);
    store_detach(site->rig.store, "alice", site->sid);
    logout_sign_out(site, "t1");
    logout_ends_none(site);
}

static void one_of_two_connections_is_enough(void **state)
{
    struct site *site = *state;

    logout_sign_in(site, "t1");
    logout_enters(site, "t1");
    assert_int_equal(logout_attach(site), STORE_OK);
    store_detach(site->rig.store, "alice", site->sid);
    logout_sign_out(site, "t1");
    logout_ends(site, 1);
}

static void a_refresh_goes_on_with_the_other_session(void **state)
{
    struct site *site = *state;

    logout_sign_in(site, "t1");
    logout_sign_in(site, "t2");
    logout_enters(site, "t1");
    logout_show(site, "t2");
    assert_int_equal(rig_check(&site->rig, "alice", 1000), STORE_OK);
    logout_show(site, "t1");
    store_leave_session(site->rig.store, "alice", site->sid);
    logout_sign_out(site, "t1");
    logout_ends_none(site);
    logout_sign_out(site, "t2");
    logout_ends(site, 2);
    /* For a user who is not connected, nothing is started. */
    logout_sign_in(site, "t3");
    logout_show(site, "t3");
    assert_int_equal(rig_check(&site->rig, "bob", 1000), STORE_UNAVAILABLE);
}

static void sessions_outlive_their_queue(void **state)
{
    struct site *site = *state;
    struct rig *rig = &site->rig;

    logout_sign_in(site, "t1");
    logout_enters(site, "t1");
    rig_sql(rig, "UPDATE belfry_meta SET value = 'another' WHERE key = 'queue'");
    assert_true(rig_await(rig, RIG_REPLACED, 1, SITE_SOON_MS));
    assert_int_equal(logout_attach(site), STORE_OK);
    store_detach(rig->store, "alice", site->sid);
    logout_sign_out(site, "t1");
    logout_ends(site, 1);
    store_detach(rig->store, "alice", site->sid);
}

static void takes_no_notice_of_what_is_no_session(void **state)
{
    static const char *const odd[] = {"", ".", "x.1", "AAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAA.", "AAAAAAAAAAAAAAAAAAAAAA.01", "AAAAAAAAAAAAAAAAAAAAAA. 1",
        "AAAAAAAAAAAAAAAAAAAAAB.1", "AAAAAAAAAAAAAAAAAAAAAA.99999999999999999999"};
    struct site *site = *state;

    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        site->rig.session = odd[i];
        assert_int_equal(logout_attach(site), STORE_OK);
        store_detach(site->rig.store, "alice", odd[i]);
    }
}

#define MANY 6000

static void delivers_while_thousands_of_sessions_end(void **state)
{
    struct site *site = *state;
    struct rig *rig = &site->rig;
    char token[16];

    rig_stop(rig);
    logout_sql(site, "BEGIN");
    for (int i = 0; i < 4 * MANY; i++) {
        snprintf(token, sizeof(token), "t%d", i);
        logout_sign_in(site, token);
    }
    logout_sql(site, "COMMIT");
    rig_start(rig);
    for (int i = 0; i < MANY; i++) {
        snprintf(token, sizeof(token), "t%d", i);
        logout_show_at(site, token, i + 1);
        assert_int_equal(logout_attach(site), STORE_OK);
    }
    logout_sql(site, "DELETE FROM session WHERE rowid %% 2 = 0");
    for (int i = 1; i <= 20; i++) {
        rig_insert(rig, "alice", 1);
        assert_true(rig_await(rig, RIG_ROW, (size_t)i, SITE_SOON_MS));
    }
    logout_ends(site, MANY / 2);
    /* A fixed number at a time, however many there are. */
    assert_true(rig->told[RIG_END] >= MANY / 2 / 1024);
    logout_ends_none(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(tells_once_of_a_session_that_went_and_refuses_its_tokens),
        SITE_TEST(refuses_a_token_whose_session_went_unwatched),
        SITE_TEST(lets_in_again_where_the_session_is_back),
        SITE_TEST(ends_the_sessions_of_a_user_who_is_deleted),
        SITE_TEST(forgets_that_a_session_was_over_when_it_is_seen),
        SITE_TEST(says_nothing_of_sessions_whose_connections_went),
        SITE_TEST(one_of_two_connections_is_enough),
        SITE_TEST(a_refresh_goes_on_with_the_other_session),
        SITE_TEST(sessions_outlive_their_queue),
        SITE_TEST(takes_no_notice_of_what_is_no_session),
        SITE_TEST(delivers_while_thousands_of_sessions_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
