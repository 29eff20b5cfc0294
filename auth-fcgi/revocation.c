#include "auth-fcgi/revocation.h"

#include <stdlib.h>

#include "auth-fcgi/session_row.h"
#include "auth-fcgi/session_store.h"
#include "common/database_url.h"
#include "common/memory.h"

/* Milliseconds. Short, because a busy queue is no reason to make a visitor wait. */
#define BUSY_TIMEOUT 20

const char revocation_find_sql[] = "SELECT not_before FROM revocations WHERE user_id = :token";

static const char find_in_postgres_sql[] =
    "SELECT to_char(not_before AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
    " FROM belfry.revocations"
    " WHERE user_id = :token";

struct revocation {
    const struct clock *clock;
    struct session_store *store;
};

struct revocation *revocation_new(const char *database, const struct clock *clock)
{
    struct revocation *revocation = mem_zalloc(sizeof(*revocation));
    const struct session_statement statement = {
        .text = database_url_is(database) ? find_in_postgres_sql : revocation_find_sql};

    revocation->clock = clock;
    revocation->store =
        session_store_new(SESSION_STORE_OF_QUEUE, database, BUSY_TIMEOUT, clock, &statement);
    return revocation;
}

void revocation_free(struct revocation *revocation)
{
    if (!revocation)
        return;
    session_store_free(revocation->store);
    free(revocation);
}

static int revocation_read(void *context, const struct stored_row *row, struct reason *why)
{
    (void)why;
    int64_t *not_before = context;
    return session_row_time(row, 0, not_before) < 0 ? SESSION_STORE_NO_ROW : 0;
}

int revocation_delay(struct revocation *revocation, const char *user_id, struct reason *why)
{
    int64_t not_before; /* Unix milliseconds */
    char iso[CLOCK_ISO_SIZE];

    if (session_store_find(revocation->store, user_id, revocation_read, &not_before, NULL) < 0)
        return 0;
    int64_t now = clock_wall_ms(revocation->clock);
    if (not_before / 1000 > now / 1000)
        return reason_set(why,
            "the tokens of this user are revoked until %s, which is in the future: look at the "
            "table "
            "revocations of the queue",
            clock_iso(not_before, iso));
    return not_before / 1000 == now / 1000 ? (int)(1000 - now % 1000) : 0;
}
