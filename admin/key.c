#include "admin/key.h"

#include <string.h>

#include "admin/listing.h"
#include "common/memory.h"
#include "common/publish_key.h"
#include "common/schema.h"
#include "common/text.h"

#define DEFAULT_RIGHTS "notifications"

static const struct column columns[] = {
    {"name", "NAME", COLUMN_TEXT, 40},
    {"fingerprint", "FINGERPRINT", COLUMN_TEXT, 0},
    {"may", "MAY", COLUMN_TEXT, 0},
    {"users", "USERS", COLUMN_TEXT, 40},
    {"created", "CREATED", COLUMN_TIME, 0},
    {"lastUsed", "LAST USED", COLUMN_TIME, 0},
    {"revoked", "REVOKED", COLUMN_TIME, 0},
};

static const struct listing list = {
    .sql = SQL_BOTH("SELECT name, substr(hash, 1, 6), rights, users || '*', created_at, "
                    "last_used_at, revoked_at FROM publish_keys ORDER BY name"),
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .none = "no keys: `belfry key create NAME` makes one",
};

/* An older file may lack the tables for publishing. */
static int key_check_tables(const struct admin *admin, struct sql *queue, struct reason *why)
{
    sqlite3 *db = sql_sqlite(queue);

    return db ? schema_check_publishing(db, admin->config.database, why) : 0;
}

/* What key create was asked for. */
struct wish {
    const char *name, *users; /* users: NULL for all */
    unsigned rights;
};

static bool is_short_text(const char *text)
{
    size_t len = strlen(text);

    return len >= 1 && len < PUBLISH_NAME_SIZE && text_is_utf8(text, len) &&
           !text_has_control(text, len);
}

static int read_wish(struct admin *admin, const struct arguments *arguments, struct wish *wish)
{
    const char *may = arguments_value(arguments, "--may");
    struct reason why;

    wish->name = arguments->operands[0];
    wish->users = arguments_value(arguments, "--users");
    if (!is_short_text(wish->name))
        return admin_misuse(admin, "NAME must be 1 to 255 bytes of UTF-8 without control "
                                   "characters");
    if (wish->users && !is_short_text(wish->users))
        return admin_misuse(admin, "--users must be 1 to 255 bytes of UTF-8 without control "
                                   "characters");
    if (publish_rights_read(may ? may : DEFAULT_RIGHTS, &wish->rights, &why) < 0)
        return admin_misuse(admin, "--may: %s", why.text);
    return ADMIN_DONE;
}

static void print_created(struct admin *admin, const struct wish *wish, const char *text)
{
    struct buf rights;

    buf_init(&rights, 128);
    publish_rights_write(wish->rights, &rights);
    if (admin->json) {
        admin_print_json(admin, json_pack("{s:s, s:s, s:s, s:s?}", "name", wish->name, "key", text,
                                    "may", rights.data, "users", wish->users));
    } else {
        fprintf(admin->out, "%s\n", text);
        admin_say(admin,
            "the key %s may do %s for %s%s; it is not shown again. belfry-publish takes it in the "
            "header `Authorization: Bearer KEY`",
            wish->name, rights.data, wish->users ? "users that begin with " : "all users",
            wish->users ? wish->users : "");
    }
    buf_release(&rights);
}

/* Prints the key after its row is committed. */
static int create(struct admin *admin, struct sql *queue, const struct wish *wish)
{
    char text[PUBLISH_KEY_SIZE];
    struct reason why;

    if (sql_sqlite(queue) &&
        schema_add_publishing(sql_sqlite(queue), admin->config.database, &why) < 0)
        return admin_refuse(admin, "%s", why.text);
    int made = publish_key_create(
        queue, wish->name, wish->rights, wish->users, clock_wall_ms(admin->clock), text, &why);
    if (made < 0)
        return admin_refuse(admin, "%s", why.text);
    if (made == 0)
        return admin_refuse(admin,
            "there is a key %s already, or was one that is revoked: choose another name",
            wish->name);
    print_created(admin, wish, text);
    mem_wipe(text, sizeof text);
    return ADMIN_DONE;
}

static int key_create_run(struct admin *admin, const struct arguments *arguments)
{
    struct wish wish;
    struct sql *queue;
    int status = read_wish(admin, arguments, &wish);

    if (status != ADMIN_DONE)
        return status;
    if (admin_open_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    status = create(admin, queue, &wish);
    sql_close(&queue);
    return status;
}

static int key_list_run(struct admin *admin, const struct arguments *arguments)
{
    int status = ADMIN_DONE;
    struct reason why;
    struct sql *queue;

    (void)arguments;
    if (admin_look_into_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    if (key_check_tables(admin, queue, &why) < 0)
        status = admin_refuse(admin, "%s", why.text);
    else if (listing_print(admin, queue, &list, NULL, 0) < 0)
        status = ADMIN_REFUSED;
    sql_close(&queue);
    return status;
}

static int revoke(struct admin *admin, struct sql *queue, const char *name)
{
    struct reason why;

    if (key_check_tables(admin, queue, &why) < 0)
        return admin_refuse(admin, "%s", why.text);
    int revoked = publish_key_revoke(queue, name, clock_wall_ms(admin->clock), &why);
    if (revoked < 0)
        return admin_refuse(admin, "%s", why.text);
    if (revoked == 0)
        return admin_refuse(
            admin, "there is no key %s, or it is revoked already: see `belfry key list`", name);
    if (admin->json)
        admin_print_json(admin, json_pack("{s:s}", "revoked", name));
    else
        admin_say(admin, "the key %s is refused from now on", name);
    return ADMIN_DONE;
}

static int key_revoke_run(struct admin *admin, const struct arguments *arguments)
{
    const char *name = arguments->operands[0];
    struct sql *queue;

    if (!text_is_utf8(name, strlen(name)))
        return admin_misuse(admin, "NAME is not UTF-8");
    if (admin_open_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    int status = revoke(admin, queue, name);
    sql_close(&queue);
    return status;
}

static const struct command_option key_create_options[] = {
    {"--may", "RIGHTS",
        "some of notifications,broadcasts,messages,read,revoke; default notifications"},
    {"--users", "PREFIX", "only for users whose id begins with this"},
    {NULL, NULL, NULL},
};

const struct command key_create_command = {
    .name = "key create",
    .operands = "NAME",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "Make a key for belfry-publish, and print it",
    .options = key_create_options,
    .more =
        "NAME says which application gets it. The key is alone on standard output and is never\n"
        "shown again; the queue keeps only its SHA-256. `read` allows to read notifications and\n"
        "presence, `revoke` to revoke tokens.\n\n"
        "    belfry key create shop --may notifications,read --users shop- > shop.key",
    .run = key_create_run,
};

const struct command key_list_command = {
    .name = "key list",
    .summary = "List keys, without the keys themselves",
    .more = "The fingerprint is the beginning of the key's SHA-256; belfry-publish logs it.",
    .paged = true,
    .run = key_list_run,
};

const struct command key_revoke_command = {
    .name = "key revoke",
    .operands = "NAME",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "Refuse a key from now on",
    .more = "Its name stays taken, and `belfry key list` says when it was revoked.",
    .run = key_revoke_run,
};
