#include "admin/init.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "build-config.h"

#include "admin/identity.h"
#ifdef WITH_POSTGRESQL
#include "admin/init_postgres.h"
#endif
#include "admin/place.h"
#include "admin/running.h"
#include "common/database.h"
#include "common/database_url.h"
#include "common/schema.h"
#include "common/trust.h"

struct init_kind {
    const char *name; /* in JSON */
    const struct place_kind *place;
    int (*init)(sqlite3 *db, const char *path, struct reason *why);
};

static const struct init_kind queue_kind = {"queue", &place_of_queue, schema_init_queue};
static const struct init_kind sessions_kind = {
    "sessions", &place_of_sessions, schema_init_sessions};

enum outcome { UNCHANGED, MADE, UPDATED, ADDED, MIGRATED };

static void tell(
    const struct admin *admin, const struct init_kind *kind, const char *path, enum outcome outcome)
{
    static const struct {
        const char *word, *sentence;
    } outcomes[] = {
        [UNCHANGED] = {"unchanged", "is there, and nothing was to be done"},
        [MADE] = {"made", "made"},
        [UPDATED] = {"updated", "brought up to date"},
        [ADDED] = {"added", "is there: Belfry's tables added"},
        [MIGRATED] = {"updated", "migrated to the newest schema"},
    };
    if (admin->json)
        admin_print_json(admin, json_pack("{s:s, s:s, s:s}", "file", path, "kind", kind->name,
                                    "result", outcomes[outcome].word));
    else
        fprintf(admin->out, "%s: %s\n", path, outcomes[outcome].sentence);
    if (outcome == MIGRATED)
        admin_say(admin, "%s.before-v%d is a copy of the file as it was", path, SCHEMA_VERSION);
}

/* An older gateway that runs would not notice that the schema changes. One of this version gives no
 * sign of life before it has migrated the file itself. */
static int refuse_while_served(sqlite3 *db, const char *path, struct reason *why)
{
    int64_t alive;

    if (database_integer(db, running_any.sqlite, 0, &alive, NULL) < 0 || !alive ||
        !running_holds_lock(path))
        return 0;
    return reason_set(why,
        "%s: has an older schema, and a belfry-gateway is running that uses it: stop the gateway, "
        "then run `belfry init` again",
        path);
}

/* Creates the tables, with the identity of the owner of the file. `fresh` means that the file was
 * just created for them. Returns the outcome, or -1. */
static int fill_file(const struct admin *admin, const struct init_kind *kind, const char *path,
    bool fresh, struct reason *why)
{
    sqlite3 *db;
    int timeout = (int)admin->config.queue.busy_timeout;

    if (database_open(path, DATABASE_CREATE, timeout, &db, why) < 0)
        return -1;
    bool is_outdated = schema_outdated(db) > 0;
    int result = is_outdated ? refuse_while_served(db, path, why) : 0;
    if (result == 0)
        result = kind->init(db, path, why);
    database_close(&db);
    if (result == 1)
        return fresh ? MADE : ADDED;
    if (result == 2)
        return is_outdated ? MIGRATED : UPDATED;
    return result;
}

static bool is_empty(const struct place *place)
{
    struct stat status;

    return fstatat(place->folder, place->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           status.st_size == 0;
}

/* Returns the outcome, or -1 with the reason. */
static int make_file(const struct admin *admin, const struct init_kind *kind,
    const struct place *place, const struct place_owner *owner, struct reason *why)
{
    bool empty = is_empty(place);
    int fresh = place_make(place, owner, kind->place, why);
    int outcome = fresh < 0 ? -1 : identity_take(place->path, why);

    if (outcome == 0)
        outcome = fill_file(admin, kind, place->path, fresh || empty, why);
    identity_restore();
    if (outcome < 0 && fresh > 0)
        place_unmake(place);
    if (outcome >= 0 && owner->given && place_give(place, owner, kind->place, why) < 0)
        outcome = -1;
    return outcome;
}

static void explain_folder(
    const struct admin *admin, const struct place *place, const char *user, const char *group)
{
    char *folder = place_folder(place->path);

    admin_say(admin,
        "SQLite keeps files beside it, so who writes it must be able to write %s too:\n"
        "    chown %s:%s %s && chmod 2770 %s",
        folder, user, group, folder, folder);
    free(folder);
}

/* The private group of the gateway must not be shared: its members could read and write what
 * belongs to the gateway alone. */
static void explain_group(const struct admin *admin, const struct place *place,
    const struct place_owner *owner, const char *user, const char *group)
{
    const struct passwd *account = getpwuid(owner->user);

    if (owner->user != 0 && account && account->pw_gid == owner->group)
        admin_say(admin,
            "it is the user %s's and the group %s's, which are the gateway's own. To let a web "
            "application in, which can then read and write every row, make a group for that:\n"
            "    groupadd --system belfry-publish && usermod -aG belfry-publish www-data\n"
            "    belfry init --database %s --owner %s --group belfry-publish",
            user, group, place->path, user);
    else
        admin_say(admin,
            "it is the user %s's and the group %s's. To let a web application in, which can then "
            "read and write every row:\n    usermod -aG %s www-data, and start it again",
            user, group, group);
}

/* Says who may publish now, and how to let others in. */
static void explain_rights(
    const struct admin *admin, const struct place *place, const struct place_owner *owner)
{
    char *user = place_user_name(owner->user), *group = place_group_name(owner->group);

    if (owner->user == 0 && owner->group == 0)
        admin_say(admin,
            "only root can use it now, since there is no user belfry: give it to the user that "
            "the gateway runs as, and to a group that the web application is in, by\n"
            "    belfry init --database %s --owner USER --group GROUP",
            place->path);
    else
        explain_group(admin, place, owner, user, group);
    if (owner->group != 0 && !place_is_shared(place, owner->group))
        explain_folder(admin, place, user, group);
    free(group);
    free(user);
}

static void explain(const struct admin *admin, const struct place *place,
    const struct place_owner *owner, enum outcome outcome)
{
    if (outcome == MADE)
        explain_rights(admin, place, owner);
    else if (outcome == ADDED)
        admin_say(admin, "the user that the gateway runs as must be able to write it, its -wal "
                         "and -shm, and its folder");
}

/* Returns the exit status. */
static int init_make(struct admin *admin, const struct init_kind *kind, const char *path,
    const struct arguments *arguments)
{
    struct place_owner owner;
    struct place place;
    struct reason why;

    if (place_owner_find(&owner, kind->place, arguments_value(arguments, "--owner"),
            arguments_value(arguments, "--group"), &why) < 0 ||
        place_open(&place, path, &owner, kind->place, &why) < 0)
        return admin_refuse(admin, "%s", why.text);
    int outcome = make_file(admin, kind, &place, &owner, &why);
    if (outcome < 0) {
        admin_say(admin, "%s", why.text);
    } else {
        tell(admin, kind, path, (enum outcome)outcome);
        if (kind == &queue_kind)
            explain(admin, &place, &owner, (enum outcome)outcome);
    }
    place_close(&place);
    return outcome < 0 ? ADMIN_REFUSED : ADMIN_DONE;
}

static int make_sessions(struct admin *admin, const struct arguments *arguments)
{
    struct reason why;
    char *path = admin_sessions_path(admin);
    int status = init_make(admin, &sessions_kind, path, arguments);

    if (status == ADMIN_DONE && trust_store(path, &why) < 0)
        status = admin_refuse(admin, "%s", why.text);
    free(path);
    return status;
}

#ifdef WITH_POSTGRESQL
static int init_queue(struct admin *admin, const struct arguments *arguments)
{
    return database_url_is(admin->config.database)
               ? init_postgres_queue(admin, arguments)
               : init_make(admin, &queue_kind, admin->config.database, arguments);
}

/* Where no place is set for them, sessions are made beside the queue. */
static int init_sessions(struct admin *admin, const struct arguments *arguments)
{
    const char *set = admin->config.auth.session_database;
    const char *place = *set ? set : admin->config.database;

    return database_url_is(place) ? init_postgres_sessions(admin, place)
                                  : make_sessions(admin, arguments);
}
#else
static int init_queue(struct admin *admin, const struct arguments *arguments)
{
    return init_make(admin, &queue_kind, admin->config.database, arguments);
}

static int init_sessions(struct admin *admin, const struct arguments *arguments)
{
    return make_sessions(admin, arguments);
}
#endif

static int init_run(struct admin *admin, const struct arguments *arguments)
{
    int status = init_queue(admin, arguments);

    if (status == ADMIN_DONE && arguments_value(arguments, "--sessions"))
        status = init_sessions(admin, arguments);
    return status;
}

static const struct command_option init_options[] = {
    {"--sessions", NULL, "also make sessions, for sites without a store: ../sessions/sessions.db"},
    {"--owner", "USER", "who owns the files; as root, the default is belfry"},
    {"--group", "GROUP", "whose members may publish; as root, the default is belfry-publish"},
    {NULL, NULL, NULL},
};

const struct command init_command = {
    .name = "init",
    .summary = "Create the queue, or upgrade an older one",
    .options = init_options,
    .more =
        "It can be run again. Run as root, it makes the files belong to the user belfry and to\n"
        "the group belfry-publish, whose members may publish:\n\n"
        "    sudo belfry init\n"
        "    sudo usermod -aG belfry-publish www-data   (then restart the web application)\n\n"
        "In an application's own SQLite file it adds its tables to those that are there, so that\n"
        "a notification can be part of the transaction it tells about:\n\n"
        "    belfry init --database app.db\n\n"
        "In a PostgreSQL database it makes the schema belfry, and the roles belfry_owner,\n"
        "belfry_gateway, belfry_publisher (for applications), belfry_publishing (for\n"
        "belfry-publish) and belfry_auth (for belfry-auth), as a role that may do so:\n\n"
        "    belfry init --database postgresql://postgres@localhost/shop\n\n"
        "With --sessions it makes the schema belfry_sessions there, unless session_database in\n"
        "belfry.conf names another place.",
    .run = init_run,
};
