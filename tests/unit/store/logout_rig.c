#include "tests/unit/store/logout_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/memory.h"
#include "common/token.h"

/* The first alone, at first. */
static char authjs[] = "authjs", better_auth[] = "better_auth";
static char *source_names[] = {authjs, better_auth};

void logout_open_database(struct site *site, const char *path)
{
    assert_int_equal(sqlite3_open(path, &site->app), SQLITE_OK);
    sqlite3_busy_timeout(site->app, 5000);
}

void logout_sql(struct site *site, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    rig_sql_of(site->app, format, args);
    va_end(args);
}

int logout_set_up(void **state)
{
    struct site *site = mem_zalloc(sizeof(*site));

    rig_init(&site->rig);
    snprintf(site->path, sizeof(site->path), "%s/app.db", site->rig.folder);
    site->rig.settings.session_database = site->rig.settings.session_shown = site->path;
    site->sources = (struct config_list){source_names, 1};
    site->rig.settings.session_sources = &site->sources;
    logout_open_database(site, site->path);
    logout_sql(site, SITE_TABLE);
    rig_start(&site->rig);
    *state = site;
    return 0;
}

int logout_tear_down(void **state)
{
    struct site *site = *state;

    rig_release(&site->rig);
    sqlite3_close(site->app);
    free(site);
    return 0;
}

void logout_sign_in(struct site *site, const char *token)
{
    logout_sql(site, "INSERT INTO session VALUES ('%s', 'alice', '2099-01-01T00:00:00Z')", token);
}

void logout_sign_out(struct site *site, const char *token)
{
    logout_sql(site, "DELETE FROM session WHERE sessionToken = '%s'", token);
}

int64_t logout_rowid(struct site *site, const char *token)
{
    sqlite3_stmt *statement = NULL;
    int64_t rowid;

    sqlite3_prepare_v2(
        site->app, "SELECT rowid FROM session WHERE sessionToken = ?1", -1, &statement, NULL);
    sqlite3_bind_text(statement, 1, token, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    rowid = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return rowid;
}

void logout_show_at(struct site *site, const char *token, int64_t rowid)
{
    char hash[TOKEN_SESSION_HASH_SIZE];

    snprintf(site->sid, sizeof(site->sid), "%s.%lld",
        token_session_hash(token, strlen(token), hash), (long long)rowid);
    site->rig.session = site->sid;
}

void logout_show(struct site *site, const char *token)
{
    logout_show_at(site, token, logout_rowid(site, token));
}

enum store_verdict logout_attach(struct site *site)
{
    return rig_attach(&site->rig, "alice", 1000, 64, SITE_PAGE_BYTES).verdict;
}

void logout_enters(struct site *site, const char *token)
{
    logout_show(site, token);
    assert_int_equal(logout_attach(site), STORE_OK);
}

void logout_hurry(struct site *site)
{
    const char *shown = site->rig.session;

    site->rig.session = NULL;
    site->rig.steady_offset += 1000;
    rig_check(&site->rig, "nobody", 1000);
    site->rig.session = shown;
}

void logout_ends(struct site *site, size_t count)
{
    logout_hurry(site);
    assert_true(rig_await(&site->rig, RIG_SESSION_OVER, count, SITE_SOON_MS));
    assert_string_equal(site->rig.last_user, "alice");
}

void logout_ends_none(struct site *site)
{
    const char *shown = site->rig.session;
    size_t before = site->rig.told[RIG_SESSION_OVER];
    char sid[64];

    logout_sign_in(site, "marker");
    memcpy(sid, site->sid, sizeof(sid));
    logout_enters(site, "marker");
    logout_sign_out(site, "marker");
    logout_ends(site, before + 1);
    assert_int_equal(strncmp(site->rig.last_hash, site->sid, strlen(site->rig.last_hash)), 0);
    assert_int_equal(site->rig.told[RIG_SESSION_OVER], before + 1);
    memcpy(site->sid, sid, sizeof(sid));
    site->rig.session = shown;
}

static bool has_failed(struct rig *rig)
{
    return rig_logged(rig, "watching the session database for logouts failed");
}

void logout_fails(struct site *site)
{
    logout_hurry(site);
    assert_true(rig_until(&site->rig, has_failed, SITE_SOON_MS));
    assert_int_equal(site->rig.told[RIG_SESSION_OVER], 0);
}

void logout_end_session(struct site *site, const char *token)
{
    logout_sign_in(site, token);
    logout_enters(site, token);
    logout_sign_out(site, token);
    logout_ends(site, 1);
    assert_int_equal(logout_attach(site), STORE_OVER);
}

void logout_restart(struct site *site)
{
    rig_stop(&site->rig);
    rig_start(&site->rig);
}
