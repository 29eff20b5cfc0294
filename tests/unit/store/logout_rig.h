/*
 * logout_rig: a store rig with an application's session database.
 *
 * All functions wait for what they name, with a deadline.
 */
#ifndef BELFRY_TESTS_UNIT_LOGOUT_RIG_H
#define BELFRY_TESTS_UNIT_LOGOUT_RIG_H

#include "common/config.h"
#include "tests/unit/store/rig_requests.h"
#include "tests/unit/store/store_rig.h"

#define SITE_PAGE_BYTES 65536
/* The time that the protocol promises, with a margin for a busy machine. */
#define SITE_SOON_MS 20000
#define SITE_TABLE "CREATE TABLE session (sessionToken TEXT, userId TEXT, expires TEXT)"

struct site {
    struct rig rig; /* first: a site is a rig */
    char path[160]; /* of the session database */
    char sid[64];
    sqlite3 *app; /* the application's own connection */
    struct config_list sources;
};

#define SITE_TEST(f) cmocka_unit_test_setup_teardown(f, logout_set_up, logout_tear_down)
int logout_set_up(void **state);
int logout_tear_down(void **state);
void logout_restart(struct site *site);

/* Changes by the application. */
void logout_open_database(struct site *site, const char *path);
void logout_sql(struct site *site, const char *format, ...) __attribute__((format(printf, 2, 3)));
void logout_sign_in(struct site *site, const char *token);
void logout_sign_out(struct site *site, const char *token);
int64_t logout_rowid(struct site *site, const char *token);

/* From now on, rig_attach and rig_check use a token of that session. */
void logout_show_at(struct site *site, const char *token, int64_t rowid);
void logout_show(struct site *site, const char *token);
enum store_verdict logout_attach(struct site *site);
/* Asserts that a token of that session is accepted. */
void logout_enters(struct site *site, const char *token);
/* Ends the token's session while a client is connected with it. */
void logout_end_session(struct site *site, const char *token);

/* Advances the time to the next check. */
void logout_hurry(struct site *site);
/* Asserts that this many sessions have ended, all of alice. */
void logout_ends(struct site *site, size_t count);
/* Asserts that all sessions have been checked, and none has ended but one created for this. */
void logout_ends_none(struct site *site);
/* Asserts that the session database cannot be read, and that this ends nobody's session. */
void logout_fails(struct site *site);

#endif
