#include "common/session_tables.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/catalogue.h"
#include "common/memory.h"

#define NAMES_MAX 4096

const struct session_shape session_shape_authjs = {
    .token = {"sessionToken", "session_token"},
    .user = {"userId", "user_id"},
    .expires = {"expires", "expires_at", "expiresAt"},
};

const struct session_shape session_shape_better_auth = {
    .token = {"token"},
    .user = {"userId", "user_id"},
    .expires = {"expiresAt", "expires_at"},
};

static const struct {
    const char *source;
    const struct session_shape *shape;
} sources[] = {
    {"authjs", &session_shape_authjs},
    {"table", &session_shape_authjs},
    {"better_auth", &session_shape_better_auth},
    {"better-auth", &session_shape_better_auth},
};

const struct session_shape *session_shape_of(const char *source)
{
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
        if (strcmp(sources[i].source, source) == 0)
            return sources[i].shape;
    return NULL;
}

/* What adapters call the sessions by themselves; SQLite does not tell "Session" from "session". */
static const char *const usual_names[] = {"session", "sessions"};

static const char *spelled(
    const struct catalogue_table *table, const char *const spellings[SESSION_SPELLINGS])
{
    const char *column = NULL;
    for (size_t i = 0; i < SESSION_SPELLINGS && spellings[i] && !column; i++)
        column = catalogue_column(table, spellings[i]);
    return column;
}

static bool fits(const struct catalogue_table *table, const struct session_shape *shape)
{
    return spelled(table, shape->token) && spelled(table, shape->user) &&
           spelled(table, shape->expires);
}

static bool is_usual(const struct catalogue_table *table)
{
    for (size_t i = 0; i < sizeof(usual_names) / sizeof(usual_names[0]); i++)
        if (strcasecmp(table->name, usual_names[i]) == 0)
            return true;
    return false;
}

/* The first table that fits, of usual names or of others, and the names of those after it. */
static const struct catalogue_table *sessions_find(const struct catalogue *catalogue,
    const struct session_shape *shape, bool usual, struct buf *others)
{
    const struct catalogue_table *found = NULL;
    for (size_t i = 0; i < catalogue->count; i++) {
        const struct catalogue_table *table = &catalogue->tables[i];
        if (is_usual(table) != usual || !fits(table, shape))
            continue;
        if (found)
            buf_addf(others, "%s%s", others->len ? ", " : "", table->name);
        else
            found = table;
    }
    return found;
}

/* "t3_Sessions" belongs to "t3_Users". */
static const struct catalogue_table *users_find(
    const struct catalogue *catalogue, const char *sessions)
{
    static const char word[] = "session";
    const char *at = strcasestr(sessions, word);
    if (!at)
        return NULL;
    struct buf name;
    buf_init(&name, NAMES_MAX);
    buf_add(&name, sessions, (size_t)(at - sessions));
    buf_add_text(&name, "user");
    buf_add_text(&name, at + strlen(word));
    const struct catalogue_table *users = catalogue_table(catalogue, name.data);
    buf_release(&name);
    return users && catalogue_column(users, "id") ? users : NULL;
}

static void take(struct session_tables *tables, const struct catalogue_table *sessions,
    const struct catalogue_table *users, const struct session_shape *shape)
{
    tables->session = mem_strdup(sessions->name);
    tables->token = mem_strdup(spelled(sessions, shape->token));
    tables->user = mem_strdup(spelled(sessions, shape->user));
    tables->expires = mem_strdup(spelled(sessions, shape->expires));
    tables->rowid = sessions->rowid && !catalogue_column(sessions, "rowid");
    if (!users)
        return;
    tables->users = mem_strdup(users->name);
    tables->id = mem_strdup(catalogue_column(users, "id"));
    tables->email = mem_strdup_or_null(catalogue_column(users, "email"));
    tables->name = mem_strdup_or_null(catalogue_column(users, "name"));
    tables->role = mem_strdup_or_null(catalogue_column(users, "role"));
}

int session_tables_find(struct session_tables *tables, sqlite3 *db,
    const struct session_shape *shape, struct reason *why)
{
    struct catalogue catalogue;
    *tables = (struct session_tables){0};
    if (catalogue_read(&catalogue, db, why) < 0)
        return -1;
    struct buf others;
    buf_init(&others, NAMES_MAX);
    const struct catalogue_table *sessions = sessions_find(&catalogue, shape, true, &others);
    if (!sessions)
        sessions = sessions_find(&catalogue, shape, false, &others);
    if (sessions) {
        take(tables, sessions, users_find(&catalogue, sessions->name), shape);
        tables->others = others.len ? mem_strdup(others.data) : NULL;
    } else {
        reason_set(why,
            "%s: no table of sessions in it: none has the columns %s, %s and %s; for another "
            "shape use session_query",
            sqlite3_db_filename(db, "main"), shape->token[0], shape->user[0], shape->expires[0]);
    }
    buf_release(&others);
    catalogue_release(&catalogue);
    return sessions ? 0 : -1;
}

void session_tables_release(struct session_tables *tables)
{
    char *const owned[] = {tables->session, tables->token, tables->user, tables->expires,
        tables->users, tables->id, tables->email, tables->name, tables->role, tables->others};
    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        free(owned[i]);
    *tables = (struct session_tables){0};
}

/* An identifier of SQL, whatever characters it has; a column of a table that has none is NULL. */
static void add_name(struct buf *sql, const char *alias, const char *name)
{
    if (!name) {
        buf_add_text(sql, "NULL");
        return;
    }
    buf_add_text(sql, alias);
    buf_add_char(sql, '"');
    for (; *name; name++) {
        if (*name == '"')
            buf_add_char(sql, '"');
        buf_add_char(sql, *name);
    }
    buf_add_char(sql, '"');
}

/* The sessions whose user is there, where there is a table of users. */
static void add_source(const struct session_tables *tables, const char *join, struct buf *sql)
{
    buf_add_text(sql, " FROM ");
    add_name(sql, "", tables->session);
    buf_add_text(sql, " AS s");
    if (!tables->users)
        return;
    buf_add_text(sql, join);
    add_name(sql, "", tables->users);
    buf_add_text(sql, " AS u ON ");
    add_name(sql, "u.", tables->id);
    buf_add_text(sql, " = ");
    add_name(sql, "s.", tables->user);
}

void session_tables_compose(const struct session_tables *tables, struct buf *sql)
{
    const char *const columns[][2] = {{"s.", tables->user}, {"u.", tables->email},
        {"u.", tables->name}, {"u.", tables->role}, {"s.", tables->expires}};
    buf_add_text(sql, "SELECT ");
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        add_name(sql, columns[i][0], columns[i][1]);
        buf_add_text(sql, ", ");
    }
    buf_add_text(sql, tables->rowid ? "s.rowid" : "NULL");
    add_source(tables, " JOIN ", sql);
    buf_add_text(sql, " WHERE ");
    add_name(sql, "s.", tables->token);
    buf_add_text(sql, " = ?1");
}

/* CROSS: the sessions are gone through in order, whatever indexes there are. */
static void compose_by_rowid(
    const struct session_tables *tables, const char *where, struct buf *sql)
{
    buf_add_text(sql, "SELECT s.rowid, ");
    add_name(sql, "s.", tables->token);
    add_source(tables, " CROSS JOIN ", sql);
    buf_add_text(sql, where);
}

void session_tables_compose_walk(const struct session_tables *tables, struct buf *sql)
{
    compose_by_rowid(tables, " WHERE s.rowid >= ?1 ORDER BY s.rowid", sql);
}

void session_tables_compose_row(const struct session_tables *tables, struct buf *sql)
{
    compose_by_rowid(tables, " WHERE s.rowid = ?1", sql);
}

void session_tables_describe(const struct session_tables *tables, struct buf *out)
{
    const char *const columns[] = {tables->email, tables->name, tables->role};
    buf_addf(out, "%s (%s, %s, %s)", tables->session, tables->token, tables->user, tables->expires);
    if (tables->users) {
        buf_addf(out, " with %s (%s", tables->users, tables->id);
        for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
            if (columns[i])
                buf_addf(out, ", %s", columns[i]);
        buf_add_char(out, ')');
    } else {
        buf_add_text(out, " without a table of users: tokens carry the user id alone");
    }
    if (!tables->rowid)
        buf_add_text(out, "; without rowids, so a logout is not noticed before the token's end");
    if (tables->others)
        buf_addf(out,
            "; NOT %s, which would fit as well: use session_query where that is the "
            "right one",
            tables->others);
}
