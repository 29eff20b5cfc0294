/*
 * logout_rig: a store rig with an application's session database beside it.
 *
 * Everything here waits for what it says, with a deadline.
 */
#ifndef BELFRY_TESTS_UNIT_LOGOUT_RIG_H
#define BELFRY_TESTS_UNIT_LOGOUT_RIG_H

#include "common/config.h"
#include "tests/unit/store/store_rig.h"

#define SITE_PAGE_BYTES 65536
/* What the protocol promises, on a machine that has other things to do as well. */
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

/* What the application does. */
void logout_open_database(struct site *site, const char *path);
void logout_sql(struct site *site, const char *format, ...) __attribute__((format(printf, 2, 3)));
void logout_sign_in(struct site *site, const char *token);
void logout_sign_out(struct site *site, const char *token);
int64_t logout_rowid(struct site *site, const char *token);

/* What rig_attach and rig_check show from now on is a token of that session. */
void logout_show_at(struct site *site, const char *token, int64_t rowid);
void logout_show(struct site *site, const char *token);
enum store_verdict logout_attach(struct site *site);
/* A token of that session is shown, and lets in. */
void logout_enters(struct site *site, const char *token);
/* Ends the session of the token while somebody is connected by it. */
void logout_end_session(struct site *site, const char *token);

/* The time for the next look has come. */
void logout_hurry(struct site *site);
/* So many sessions have ended, all of alice. */
void logout_ends(struct site *site, size_t count);
/* All sessions have been looked at, and none but one that is made for that has ended. */
void logout_ends_none(struct site *site);
/* The session database cannot be asked, and that ends nobody's session. */
void logout_fails(struct site *site);

#endif
