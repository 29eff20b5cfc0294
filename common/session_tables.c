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

static bool has_shape(
    const struct session_shape *const *shapes, size_t count, const struct session_shape *shape)
{
    for (size_t i = 0; i < count; i++)
        if (shapes[i] == shape)
            return true;
    return false;
}

void session_shapes_of(
    const struct config_list *names, const struct session_shape **shapes, size_t most)
{
    size_t count = 0;

    for (size_t i = 0; i < names->count && count < most; i++) {
        const struct session_shape *shape = session_shape_of(names->items[i]);

        if (shape && !has_shape(shapes, count, shape))
            shapes[count++] = shape;
    }
}

/* The default table names of the adapters, in any case: Prisma's are "Session" and "User". Each
 * name for users has the index of the matching name for sessions. */
static const char *const session_names[] = {"session", "sessions"};
static const char *const user_names[] = {"user", "users"};
static const char views[] = "'session', 'sessions', 'user', 'users'";

#define NAMES COUNT(session_names)

/* The index of the table's name among them, or -1. */
static int name_index(const struct catalogue_table *table, const char *const names[NAMES])
{
    for (size_t i = 0; i < NAMES; i++)
        if (sqlite3_stricmp(table->name, names[i]) == 0)
            return (int)i;
    return -1;
}

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

static int explain_absence(
    const struct catalogue *catalogue, const struct session_shape *shape, struct reason *why)
{
    const char *other = unusual(catalogue, shape);

    reason_set(why,
        "%s: no table of sessions in it: neither session nor sessions has the columns %s, %s and "
        "%s; for another shape or name use session_query",
        catalogue->database, shape->token[0], shape->user[0], shape->expires[0]);
    if (other) {
        struct reason before = *why;

        reason_set(why, "%s. %s has them, but any table might", before.text, other);
    }
    return -1;
}

/* NULL with the reason if there is none, or more than one: one may be a view that leaves out rows
 * of the other, or a leftover of a migration. */
static const struct catalogue_table *sessions_find(
    const struct catalogue *catalogue, const struct session_shape *shape, struct reason *why)
{
    const struct catalogue_table *found = NULL;

    for (size_t i = 0; i < catalogue->count; i++) {
        const struct catalogue_table *table = &catalogue->tables[i];
        if (name_index(table, session_names) < 0 || !fits(table, shape))
            continue;
        if (found) {
            reason_set(why,
                "%s: %s and %s could both be the table of sessions: drop or rename the one that "
                "is not, or use session_query",
                catalogue->database, found->name, table->name);
            return NULL;
        }
        found = table;
    }
    if (!found)
        explain_absence(catalogue, shape, why);
    return found;
}

/* Of PostgreSQL's "User" and "user", the one that is spelled as the sessions are. */
static bool is_spelled_alike(const struct catalogue_table *one, const struct catalogue_table *other)
{
    return (*one->name >= 'a') == (*other->name >= 'a');
}

static const struct catalogue_table *users_named(
    const struct catalogue *catalogue, const char *name, const struct catalogue_table *sessions)
{
    const struct catalogue_table *found = NULL;

    for (size_t i = 0; i < catalogue->count; i++) {
        const struct catalogue_table *table = &catalogue->tables[i];
        if (sqlite3_stricmp(table->name, name) == 0 &&
            (!found || is_spelled_alike(table, sessions)))
            found = table;
    }
    return found;
}

/* Sets *users, to NULL if there are none. Returns 0, or -1 with the reason if it is unclear who is
 * still a user. */
static int users_find(const struct catalogue *catalogue, const struct catalogue_table *sessions,
    const struct catalogue_table **users, struct reason *why)
{
    int place = name_index(sessions, session_names);
    const struct catalogue_table *first = users_named(catalogue, user_names[place], sessions);
    const struct catalogue_table *second = users_named(catalogue, user_names[!place], sessions);

    *users = first ? first : second;
    if (first && second && (first->is_view || second->is_view))
        return reason_set(why,
            "%s: user and users could both be the users, and one is a view: use session_query to "
            "say which",
            catalogue->database);
    if (*users && !catalogue_column(*users, "id"))
        return reason_set(why,
            "%s: its table %s has no column id, so that nobody can tell whether the user of a "
            "session is still there: use session_query",
            catalogue->database, (*users)->name);
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

static char *type_of(const struct catalogue_table *table, const char *column)
{
    return mem_strdup(catalogue_type(table, column));
}

static void sessions_take(struct session_tables *tables, const struct catalogue_table *sessions,
    const struct session_shape *shape)
{
    const char *token = spelled(sessions, shape->token);
    const char *user = spelled(sessions, shape->user);
    const char *expires = spelled(sessions, shape->expires);

    tables->schema = mem_strdup_or_null(sessions->schema);
    tables->session = mem_strdup(sessions->name);
    tables->token = mem_strdup(token);
    tables->token_type = type_of(sessions, token);
    tables->user = mem_strdup(user);
    tables->user_type = type_of(sessions, user);
    tables->expires = mem_strdup(expires);
    tables->expires_type = type_of(sessions, expires);
    tables->rowid = sessions->rowid && !catalogue_column(sessions, "rowid");
}

static void users_take(struct session_tables *tables, const struct catalogue_table *users)
{
    const char *id = catalogue_column(users, "id");

    tables->users_schema = mem_strdup_or_null(users->schema);
    tables->users = mem_strdup(users->name);
    tables->id = mem_strdup(id);
    tables->id_type = type_of(users, id);
    tables->email = mem_strdup_or_null(catalogue_column(users, "email"));
    tables->name = mem_strdup_or_null(catalogue_column(users, "name"));
    tables->role = mem_strdup_or_null(catalogue_column(users, "role"));
}

static int take(struct session_tables *tables, const struct catalogue *catalogue,
    const struct session_shape *shape, struct reason *why)
{
    const struct catalogue_table *sessions = sessions_find(catalogue, shape, why);
    const struct catalogue_table *users;

    if (!sessions || users_find(catalogue, sessions, &users, why) < 0)
        return -1;
    sessions_take(tables, sessions, shape);
    if (marks_take(tables, sessions, false, why) < 0)
        return -1;
    if (!users)
        return 0;
    users_take(tables, users);
    return marks_take(tables, users, true, why);
}

int session_tables_take(struct session_tables *tables, const struct catalogue *catalogue,
    const struct session_shape *shape, struct reason *why)
{
    *tables = (struct session_tables){.session = NULL};
    if (take(tables, catalogue, shape, why) == 0)
        return 0;
    session_tables_release(tables);
    return -1;
}

int session_tables_find(struct session_tables *tables, sqlite3 *db,
    const struct session_shape *shape, struct reason *why)
{
    struct catalogue catalogue;

    *tables = (struct session_tables){.session = NULL};
    if (catalogue_read(&catalogue, db, views, why) < 0)
        return -1;
    int result = session_tables_take(tables, &catalogue, shape, why);
    catalogue_release(&catalogue);
    return result;
}

void session_tables_release(struct session_tables *tables)
{
    char *const owned[] = {tables->schema, tables->session, tables->token, tables->token_type,
        tables->user, tables->user_type, tables->expires, tables->expires_type,
        tables->users_schema, tables->users, tables->id, tables->id_type, tables->email,
        tables->name, tables->role};

    for (size_t i = 0; i < COUNT(owned); i++)
        free(owned[i]);
    for (size_t i = 0; i < tables->mark_count; i++)
        free(tables->marks[i].column);
    *tables = (struct session_tables){.session = NULL};
}

/* Whether they are in PostgreSQL, whose SQL differs in a few places. */
static bool is_postgres(const struct session_tables *tables)
{
    return tables->schema != NULL;
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
    buf_add_text(sql, "WHEN 1 = 0 THEN 0 END");
}

static void add_table(struct buf *sql, const char *schema, const char *name)
{
    if (schema) {
        add_name(sql, "", schema);
        buf_add_char(sql, '.');
    }
    add_name(sql, "", name);
}

/* Types that PostgreSQL compares with one another, and still uses an index. */
static const char *family(const char *type)
{
    static const char *const families[][2] = {
        {"character varying", "text"}, {"smallint", "bigint"}, {"integer", "bigint"}};

    for (size_t i = 0; i < COUNT(families); i++)
        if (strcmp(type, families[i][0]) == 0)
            return families[i][1];
    return type;
}

/* Where a user's id is of one type here and of another there, text is compared, which no index
 * helps. */
static const char *cast_of_user(const struct session_tables *tables)
{
    bool is_alike =
        !is_postgres(tables) || strcmp(family(tables->id_type), family(tables->user_type)) == 0;

    return is_alike ? "" : "::text";
}

static void add_tables(struct buf *sql, const struct session_tables *tables)
{
    buf_add_text(sql, " FROM ");
    add_table(sql, tables->schema, tables->session);
    buf_add_text(sql, " AS s");
    if (!tables->users)
        return;
    buf_add_text(sql, " LEFT JOIN ");
    add_table(sql, tables->users_schema, tables->users);
    buf_add_text(sql, " AS u ON ");
    add_name(sql, "u.", tables->id);
    buf_addf(sql, "%s = ", cast_of_user(tables));
    add_name(sql, "s.", tables->user);
    buf_add_text(sql, cast_of_user(tables));
}

/* Text in UTC, so that no setting of the server's matters. Without a zone it is UTC already, as
 * Prisma and Drizzle write it. What never ends, ends in the year 9999. */
static void add_time(struct buf *sql, const char *column, const char *type)
{
    bool has_zone = strcmp(type, "timestamp with time zone") == 0;

    buf_addf(sql,
        "CASE WHEN isfinite(%s) THEN to_char(%s%s, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') "
        "WHEN %s = 'infinity' THEN '9999-12-31T23:59:59.999Z' END AS ",
        column, column, has_zone ? " AT TIME ZONE 'UTC'" : "", column);
}

static void add_expires(struct buf *sql, const struct session_tables *tables)
{
    const char *type = tables->expires_type;
    struct buf column;

    buf_init(&column, NAME_MAX_OCTETS);
    add_name(&column, "s.", tables->expires);
    if (strncmp(type, "timestamp", strlen("timestamp")) == 0 || strcmp(type, "date") == 0)
        add_time(sql, column.data, type);
    else
        buf_addf(sql, "%s AS ", column.data);
    add_name(sql, "", tables->expires);
    buf_release(&column);
}

void session_tables_compose(const struct session_tables *tables, struct buf *sql)
{
    const char *const columns[][2] = {
        {"s.", tables->user}, {"u.", tables->email}, {"u.", tables->name}, {"u.", tables->role}};

    buf_add_text(sql, "SELECT ");
    for (size_t i = 0; i < COUNT(columns); i++) {
        add_name(sql, columns[i][0], columns[i][1]);
        buf_add_text(sql, ", ");
    }
    add_expires(sql, tables);
    buf_add_text(sql, tables->rowid ? ", s.rowid, " : ", NULL, ");
    add_over(sql, tables);
    add_tables(sql, tables);
    buf_add_text(sql, " WHERE ");
    add_name(sql, "s.", tables->token);
    buf_add_text(sql, is_postgres(tables) ? " = $1" : " = ?1");
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

void session_tables_compose_present(const struct session_tables *tables, struct buf *sql)
{
    buf_addf(sql,
        "SELECT t.place FROM unnest($1::%s[]) WITH ORDINALITY AS t (token, place) JOIN (SELECT ",
        family(tables->token_type));
    add_name(sql, "s.", tables->token);
    buf_add_text(sql, " AS token");
    add_tables(sql, tables);
    buf_add_text(sql, " WHERE ");
    add_over(sql, tables);
    buf_add_text(sql, " IS NULL) AS good ON good.token = t.token");
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

    if (is_postgres(tables))
        buf_addf(out, "%s.", tables->schema);
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
    if (!tables->rowid && !is_postgres(tables))
        buf_add_text(out, "; without rowids, so a logout is not noticed before the token's end");
}
