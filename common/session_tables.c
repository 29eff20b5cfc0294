#include "common/session_tables.h"

#include <stdlib.h>
#include <string.h>

#include "common/catalogue.h"
#include "common/memory.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NAME_MAX_OCTETS 4096
/* Why a session is over: this, or the index of a mark. */
#define OVER_USER_GONE (-1)

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
    for (size_t i = 0; i < COUNT(sources); i++)
        if (strcmp(sources[i].source, source) == 0)
            return sources[i].shape;
    return NULL;
}

/* The default table names of the adapters; SQLite does not distinguish "Session" from "session".
 * Each name for users has the index of the matching name for sessions. */
static const char *const session_names[] = {"session", "sessions"};
static const char *const user_names[] = {"user", "users"};
static const char views[] = "'session', 'sessions', 'user', 'users'";

#define NAMES COUNT(session_names)

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

/* The first table with another name that fits, or NULL. */
static const char *unusual(const struct catalogue *catalogue, const struct session_shape *shape)
{
    for (size_t i = 0; i < catalogue->count; i++)
        if (fits(&catalogue->tables[i], shape))
            return catalogue->tables[i].name;
    return NULL;
}

static int explain_absence(const struct catalogue *catalogue, sqlite3 *db,
    const struct session_shape *shape, struct reason *why)
{
    const char *other = unusual(catalogue, shape);

    reason_set(why,
        "%s: no table of sessions in it: neither session nor sessions has the columns %s, %s and "
        "%s; for another shape or name use session_query",
        sqlite3_db_filename(db, "main"), shape->token[0], shape->user[0], shape->expires[0]);
    if (other) {
        struct reason before = *why;

        reason_set(why, "%s. %s has them, but any table might", before.text, other);
    }
    return -1;
}

/* Returns an index in session_names, or -1 with the reason. If two tables fit, one may be a view
 * that leaves out rows of the other, or a leftover of a migration. */
static int sessions_find(const struct catalogue *catalogue, sqlite3 *db,
    const struct session_shape *shape, struct reason *why)
{
    int found = -1;

    for (size_t i = 0; i < NAMES; i++) {
        const struct catalogue_table *table = catalogue_table(catalogue, session_names[i]);
        if (!table || !fits(table, shape))
            continue;
        if (found >= 0)
            return reason_set(why,
                "%s: session and sessions could both be the table of sessions: drop or rename the "
                "one that is not, or use session_query",
                sqlite3_db_filename(db, "main"));
        found = (int)i;
    }
    return found >= 0 ? found : explain_absence(catalogue, db, shape, why);
}

/* Sets *users, to NULL if there are none. Returns 0, or -1 with the reason if it is unclear who is
 * still a user. */
static int users_find(const struct catalogue *catalogue, sqlite3 *db, size_t place,
    const struct catalogue_table **users, struct reason *why)
{
    const struct catalogue_table *first = catalogue_table(catalogue, user_names[place]);
    const struct catalogue_table *second = catalogue_table(catalogue, user_names[!place]);

    *users = first ? first : second;
    if (first && second && (first->is_view || second->is_view))
        return reason_set(why,
            "%s: user and users could both be the users, and one is a view: use session_query to "
            "say which",
            sqlite3_db_filename(db, "main"));
    if (*users && !catalogue_column(*users, "id"))
        return reason_set(why,
            "%s: its table %s has no column id, so that nobody can tell whether the user of a "
            "session is still there: use session_query",
            sqlite3_db_filename(db, "main"), (*users)->name);
    return 0;
}

static int marks_take(struct session_tables *tables, const struct catalogue_table *table,
    bool of_user, struct reason *why)
{
    for (size_t i = 0; i < table->count; i++) {
        enum session_mark mark = session_mark_of(table->columns[i]);
        if (mark == SESSION_MARK_NONE)
            continue;
        if (tables->mark_count == SESSION_MARKS_MAX)
            return reason_set(why,
                "more than %d columns say whether sessions are good: use session_query",
                SESSION_MARKS_MAX);
        tables->marks[tables->mark_count++] =
            (struct session_tables_mark){mem_strdup(table->columns[i]), mark, of_user};
    }
    return 0;
}

static int take(struct session_tables *tables, const struct catalogue_table *sessions,
    const struct catalogue_table *users, const struct session_shape *shape, struct reason *why)
{
    tables->session = mem_strdup(sessions->name);
    tables->token = mem_strdup(spelled(sessions, shape->token));
    tables->user = mem_strdup(spelled(sessions, shape->user));
    tables->expires = mem_strdup(spelled(sessions, shape->expires));
    tables->rowid = sessions->rowid && !catalogue_column(sessions, "rowid");
    if (marks_take(tables, sessions, false, why) < 0)
        return -1;
    if (!users)
        return 0;
    tables->users = mem_strdup(users->name);
    tables->id = mem_strdup(catalogue_column(users, "id"));
    tables->email = mem_strdup_or_null(catalogue_column(users, "email"));
    tables->name = mem_strdup_or_null(catalogue_column(users, "name"));
    tables->role = mem_strdup_or_null(catalogue_column(users, "role"));
    return marks_take(tables, users, true, why);
}

static int find(struct session_tables *tables, const struct catalogue *catalogue, sqlite3 *db,
    const struct session_shape *shape, struct reason *why)
{
    const struct catalogue_table *users;
    int place = sessions_find(catalogue, db, shape, why);

    if (place < 0 || users_find(catalogue, db, (size_t)place, &users, why) < 0)
        return -1;
    return take(tables, catalogue_table(catalogue, session_names[place]), users, shape, why);
}

int session_tables_find(struct session_tables *tables, sqlite3 *db,
    const struct session_shape *shape, struct reason *why)
{
    struct catalogue catalogue;

    *tables = (struct session_tables){0};
    if (catalogue_read(&catalogue, db, views, why) < 0)
        return -1;
    int result = find(tables, &catalogue, db, shape, why);
    if (result < 0)
        session_tables_release(tables);
    catalogue_release(&catalogue);
    return result;
}

void session_tables_release(struct session_tables *tables)
{
    char *const owned[] = {tables->session, tables->token, tables->user, tables->expires,
        tables->users, tables->id, tables->email, tables->name, tables->role};

    for (size_t i = 0; i < COUNT(owned); i++)
        free(owned[i]);
    for (size_t i = 0; i < tables->mark_count; i++)
        free(tables->marks[i].column);
    *tables = (struct session_tables){0};
}

/* An SQL identifier, whatever characters it has; NULL for a column that the table does not have. */
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

static void add_mark(struct buf *sql, const struct session_tables_mark *mark)
{
    struct buf column;

    buf_init(&column, NAME_MAX_OCTETS);
    add_name(&column, mark->of_user ? "u." : "s.", mark->column);
    session_mark_compose(mark->kind, column.data, sql);
    buf_release(&column);
}

/* An expression for why the session is over, as session_tables_explain takes it; NULL if it is not.
 */
static void add_over(struct buf *sql, const struct session_tables *tables)
{
    buf_add_text(sql, "CASE ");
    if (tables->users) {
        buf_add_text(sql, "WHEN ");
        add_name(sql, "u.", tables->id);
        buf_addf(sql, " IS NULL THEN %d ", OVER_USER_GONE);
    }
    for (size_t i = 0; i < tables->mark_count; i++) {
        buf_add_text(sql, "WHEN ");
        add_mark(sql, &tables->marks[i]);
        buf_addf(sql, " THEN %zu ", i);
    }
    buf_add_text(sql, "WHEN 0 THEN 0 END");
}

static void add_tables(struct buf *sql, const struct session_tables *tables)
{
    buf_add_text(sql, " FROM ");
    add_name(sql, "", tables->session);
    buf_add_text(sql, " AS s");
    if (!tables->users)
        return;
    buf_add_text(sql, " LEFT JOIN ");
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
    for (size_t i = 0; i < COUNT(columns); i++) {
        add_name(sql, columns[i][0], columns[i][1]);
        buf_add_text(sql, ", ");
    }
    buf_add_text(sql, tables->rowid ? "s.rowid, " : "NULL, ");
    add_over(sql, tables);
    add_tables(sql, tables);
    buf_add_text(sql, " WHERE ");
    add_name(sql, "s.", tables->token);
    buf_add_text(sql, " = ?1");
}

void session_tables_explain(const struct session_tables *tables, int64_t over, struct reason *why)
{
    if (over >= 0 && (size_t)over < tables->mark_count) {
        const struct session_tables_mark *mark = &tables->marks[over];
        reason_set(why, "the session is over, says the column %s of %s", mark->column,
            mark->of_user ? tables->users : tables->session);
    } else {
        reason_set(
            why, "the session's user is gone: no row of %s has that %s", tables->users, tables->id);
    }
}

static void compose_by_rowid(
    const struct session_tables *tables, const char *where, struct buf *sql)
{
    buf_add_text(sql, "SELECT s.rowid, ");
    add_name(sql, "s.", tables->token);
    add_tables(sql, tables);
    buf_add_text(sql, where);
    add_over(sql, tables);
    buf_add_text(sql, " IS NULL");
}

void session_tables_compose_walk(const struct session_tables *tables, struct buf *sql)
{
    compose_by_rowid(tables, " WHERE s.rowid >= ?1 AND ", sql);
    buf_add_text(sql, " ORDER BY s.rowid");
}

void session_tables_compose_row(const struct session_tables *tables, struct buf *sql)
{
    compose_by_rowid(tables, " WHERE s.rowid = ?1 AND ", sql);
}

static void describe_marks(const struct session_tables *tables, struct buf *out)
{
    for (size_t i = 0; i < tables->mark_count; i++) {
        const struct session_tables_mark *mark = &tables->marks[i];
        buf_addf(out, "%s%s.%s", i ? ", " : "; over where so says ",
            mark->of_user ? tables->users : tables->session, mark->column);
    }
}

void session_tables_describe(const struct session_tables *tables, struct buf *out)
{
    const char *const columns[] = {tables->email, tables->name, tables->role};

    buf_addf(out, "%s (%s, %s, %s)", tables->session, tables->token, tables->user, tables->expires);
    if (tables->users) {
        buf_addf(out, " with %s (%s", tables->users, tables->id);
        for (size_t i = 0; i < COUNT(columns); i++)
            if (columns[i])
                buf_addf(out, ", %s", columns[i]);
        buf_add_char(out, ')');
    } else {
        buf_add_text(out, " without a table of users: tokens carry the user id alone");
    }
    describe_marks(tables, out);
    if (!tables->rowid)
        buf_add_text(out, "; without rowids, so a logout is not noticed before the token's end");
}
