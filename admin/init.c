#include "admin/init.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/place.h"
#include "common/database.h"
#include "common/schema.h"

/* Publishers are in the group of the queue. A session token is a login, so the sessions are not
 * theirs. */
#define QUEUE_MODE 0660
#define SESSIONS_MODE 0600

struct kind {
    const char *name; /* in JSON */
    mode_t mode;
    int (*init)(sqlite3 *db, const char *path, struct reason *why);
};

static const struct kind queue_kind = {"queue", QUEUE_MODE, schema_init_queue};
static const struct kind sessions_kind = {"sessions", SESSIONS_MODE, schema_init_sessions};

enum outcome { UNCHANGED, MADE, UPDATED, ADDED };

static void tell(
    const struct admin *admin, const struct kind *kind, const char *path, enum outcome outcome)
{
    static const struct {
        const char *word, *sentence;
    } outcomes[] = {
        [UNCHANGED] = {"unchanged", "is there, and nothing was to be done"},
        [MADE] = {"made", "made"},
        [UPDATED] = {"updated", "brought up to date"},
        [ADDED] = {"added", "is there: Belfry's tables added"},
    };
    if (admin->json)
        admin_print_json(admin, json_pack("{s:s, s:s, s:s}", "file", path, "kind", kind->name,
                                    "result", outcomes[outcome].word));
    else
        fprintf(admin->out, "%s: %s\n", path, outcomes[outcome].sentence);
}

/* The tables. `fresh`: the file was made for them just now. Returns the outcome, or -1. */
static int fill(const struct admin *admin, const struct kind *kind, const char *path, bool fresh,
    struct reason *why)
{
    sqlite3 *db;
    int timeout = (int)admin->config.queue.busy_timeout;
    if (database_open(path, DATABASE_CREATE, timeout, &db, why) < 0)
        return -1;
    int result = kind->init(db, path, why);
    database_close(&db);
    if (result == 1)
        return fresh ? MADE : ADDED;
    return result == 2 ? UPDATED : result;
}

/* Returns the outcome, or -1 where the sentence has been said. */
static int make(const struct admin *admin, const struct kind *kind, const char *path,
    const struct place_owner *owner)
{
    struct reason why;
    struct stat status;
    bool empty = stat(path, &status) == 0 && status.st_size == 0;
    int fresh = place_make(path, owner, kind->mode, &why);
    int outcome = fresh < 0 ? -1 : fill(admin, kind, path, fresh || empty, &why);
    if (outcome < 0 && fresh > 0)
        unlink(path);
    if (outcome >= 0 && owner->given && place_give(path, owner, kind->mode, &why) < 0)
        outcome = -1;
    if (outcome < 0) {
        admin_say(admin, "%s", why.text);
        return -1;
    }
    tell(admin, kind, path, (enum outcome)outcome);
    return outcome;
}

static void explain_folder(
    const struct admin *admin, const char *path, const char *user, const char *group)
{
    char *folder = place_folder(path);
    admin_say(admin,
        "SQLite keeps files beside it, so who writes it must be able to write %s too:\n"
        "    chown %s:%s %s && chmod 2770 %s",
        folder, user, group, folder, folder);
    free(folder);
}

/* Who may push now, and how others are let in. */
static void explain_rights(
    const struct admin *admin, const char *path, const struct place_owner *owner)
{
    char *user = place_user_name(owner->user), *group = place_group_name(owner->group);
    if (owner->user == 0 && owner->group == 0)
        admin_say(admin,
            "only root can use it now, since there is no user belfry: give it to the user that "
            "the gateway runs as, and to a group that the web application is in, by\n"
            "    belfry init --database %s --owner USER --group GROUP",
            path);
    else
        admin_say(admin,
            "it is the user %s's and the group %s's. To let a web application in, which can then "
            "read and write every row:\n    usermod -aG %s www-data, and start it again",
            user, group, group);
    if (owner->group != 0 && !place_folder_shared(path, owner->group))
        explain_folder(admin, path, user, group);
    free(group);
    free(user);
}

int init_run(struct admin *admin, const struct arguments *arguments)
{
    struct place_owner owner;
    struct reason why;
    const char *path = admin->config.database;
    if (place_owner_find(&owner, arguments_value(arguments, "--owner"),
            arguments_value(arguments, "--group"), &why) < 0)
        return admin_refuse(admin, "%s", why.text);
    int outcome = make(admin, &queue_kind, path, &owner);
    if (outcome < 0)
        return ADMIN_REFUSED;
    if (arguments_value(arguments, "--sessions")) {
        char *sessions = admin_sessions_path(admin);
        int made = make(admin, &sessions_kind, sessions, &owner);
        free(sessions);
        if (made < 0)
            return ADMIN_REFUSED;
    }
    if (outcome == MADE)
        explain_rights(admin, path, &owner);
    else if (outcome == ADDED)
        admin_say(admin, "the user that the gateway runs as must be able to write it, its -wal "
                         "and -shm, and its folder");
    return ADMIN_DONE;
}
