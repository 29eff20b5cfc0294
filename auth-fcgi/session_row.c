#include "auth-fcgi/session_row.h"

#include <stdlib.h>
#include <string.h>

#include "auth-fcgi/stored_time.h"
#include "common/buf.h"
#include "common/memory.h"
#include "common/token.h"

const struct session_row_columns session_row_columns_of_tables = {
    .user_id = 0, .email = 1, .name = 2, .role = 3, .expires = 4, .rowid = 5};

int session_row_time(const struct stored_row *row, int column, int64_t *ms)
{
    struct stored_value value = row->value(row, column);

    switch (value.kind) {
    case STORED_INTEGER:
    case STORED_REAL:
        return stored_time_of_number(value.real, ms);
    case STORED_TEXT:
        return stored_time_read(value.text, ms);
    default:
        return -1;
    }
}

/* Returns NULL where it is not text, or contains U+0000. */
static const char *column_text(const struct stored_row *row, int column)
{
    if (column < 0)
        return NULL;
    struct stored_value value = row->value(row, column);
    return value.text && strlen(value.text) == value.len ? value.text : NULL;
}

static int session_end_read(
    const struct session_row_reading *reading, const struct stored_row *row, struct reason *why)
{
    int64_t ms;
    char iso[CLOCK_ISO_SIZE];
    int column = reading->columns->expires;

    if (column < 0)
        return 0;
    if (session_row_time(row, column, &ms) < 0)
        return reason_set(why,
            "the session's \"%s\" is not a time that can be read: neither ISO 8601 or SQL datetime "
            "text, nor seconds or milliseconds since 1970. A session_query can make it one with "
            "SQL's own functions",
            row->name(row, column));
    if (ms / 1000 <= clock_wall_seconds(reading->clock))
        return reason_set(
            why, "the session expired at %s: the visitor has to sign in again", clock_iso(ms, iso));
    reading->session->ends_at = ms / 1000;
    return 0;
}

/* The token's belfry_sid, which ties the token to this row; or what it is made of when the token is
 * signed (common/session_seal.h). */
static void session_id_make(const struct session_row_reading *reading, const struct stored_row *row)
{
    char hash[TOKEN_SESSION_HASH_SIZE];
    struct buf id;
    int column = reading->columns->rowid;

    if (reading->is_keyed)
        reading->session->token = mem_strdup(reading->token);
    if (reading->is_keyed || column < 0 || row->value(row, column).kind != STORED_INTEGER)
        return;
    buf_init(&id, 64);
    buf_add_text(&id, token_session_hash(reading->token, strlen(reading->token), hash));
    buf_add_char(&id, '.');
    buf_add_number(&id, row->value(row, column).integer);
    reading->session->id = buf_detach(&id);
}

int session_row_read(void *context, const struct stored_row *row, struct reason *why)
{
    const struct session_row_reading *reading = context;
    const struct session_row_columns *columns = reading->columns;
    struct session_fields fields = {
        .user_id = column_text(row, columns->user_id),
        .email = column_text(row, columns->email),
        .name = column_text(row, columns->name),
        .role = column_text(row, columns->role),
    };

    if (session_end_read(reading, row, why) < 0 || session_fill(reading->session, &fields, why) < 0)
        return SESSION_REFUSED;
    session_id_make(reading, row);
    return SESSION_FOUND;
}
