#include "admin/restore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "admin/backup_content.h"
#include "admin/backup_file.h"
#include "admin/confirm.h"
#include "admin/database_copy.h"
#include "admin/identity.h"
#include "admin/place.h"
#include "admin/restore_draft.h"
#include "admin/running.h"
#include "common/database.h"
#include "common/database_url.h"
#include "common/path.h"
#include "common/schema.h"

/* How long writers may keep the queue locked. */
#define BUSY_MS 30000

struct restoration {
    struct admin *admin;
    const char *file;  /* the backup */
    const char *queue; /* where it goes */
    sqlite3 *backup;
    struct backup_content content; /* of the backup */
    struct backup_content present; /* of the queue */
    int64_t page_size;             /* of the queue; 0: there is none */
    bool is_sound;                 /* the queue is complete, of this version */
};

/* Whether the queue can be written over: it must be one of our own files, and work as a database.
 */
static int examine_queue(struct restoration *restoration, sqlite3 *db, struct reason *why)
{
    int64_t id;

    if (database_integer(db, "PRAGMA application_id", 0, &id, why) < 0 ||
        database_integer(db, "PRAGMA page_size", 0, &restoration->page_size, why) < 0)
        return -1;
    if (id != SCHEMA_APPLICATION_ID)
        return reason_set(why,
            "%s: is the database of an application, of which the queue is a part: restore it by "
            "the means of the application",
            restoration->queue);
    if (schema_outdated(db) > 0 && running_holds_lock(restoration->queue))
        return reason_set(why,
            "%s: has an older schema, and a belfry-gateway is running that uses it: stop the "
            "gateway first",
            restoration->queue);
    restoration->is_sound = schema_check_queue(db, restoration->queue, NULL) == 0;
    if (restoration->is_sound)
        return backup_content_count(db, &restoration->present, why);
    return 0;
}

/* Where there is no queue, one is made; a damaged one is not written over, since it may be all that
 * is left of what is newer than the backup. */
static int look_at_queue(struct restoration *restoration, struct reason *why)
{
    struct stat status;
    sqlite3 *db;

    if (stat(restoration->queue, &status) < 0)
        return errno == ENOENT ? 0 : reason_set(why, "%s: %s", restoration->queue, strerror(errno));
    if (status.st_size == 0)
        return 0;
    int result = identity_take(restoration->queue, why);
    if (result == 0 && database_open(restoration->queue, DATABASE_LOOK, BUSY_MS, &db, why) < 0)
        result = reason_set(why,
            "%s: cannot be opened. Stop belfry-gateway and whatever publishes, move it away with "
            "its -wal and -shm, and try again",
            restoration->queue);
    else if (result == 0)
        result = examine_queue(restoration, db, why);
    database_close(&db);
    identity_restore();
    return result;
}

/* ---- writing ---- */

static int write_queue(
    struct restoration *restoration, struct restore_draft *draft, struct reason *why)
{
    sqlite3 *db = NULL;
    int result = -1;

    if (database_open(restoration->queue, DATABASE_CREATE, BUSY_MS, &db, why) == 0)
        result = database_copy(restoration->admin, draft->db, db, BUSY_MS, why);
    database_close(&db);
    return result;
}

/* As the owner of the file, which is there. */
static int replace_content(struct restoration *restoration, struct reason *why)
{
    struct restore_draft draft;
    int result = restore_draft_make(&draft, restoration->admin, restoration->backup,
        restoration->queue, restoration->page_size, restoration->is_sound, why);

    if (result == 0)
        result = write_queue(restoration, &draft, why);
    restore_draft_remove(&draft);
    return result;
}

/* Makes an empty file where there is none, with the rights that `belfry init` gives it. */
static int restore_queue(struct restoration *restoration, struct reason *why)
{
    struct place_owner owner;
    struct place place;

    if (place_owner_find(&owner, &place_of_queue, NULL, NULL, why) < 0 ||
        place_open(&place, restoration->queue, &owner, &place_of_queue, why) < 0)
        return -1;
    int fresh = place_make(&place, &owner, &place_of_queue, why);
    int result = fresh < 0 ? -1 : identity_take(place.path, why);
    if (result == 0)
        result = replace_content(restoration, why);
    identity_restore();
    if (result < 0 && fresh > 0)
        place_unmake(&place);
    place_close(&place);
    return result;
}

/* ---- the command ---- */

static bool ask_in_words(const struct restoration *restoration, const struct arguments *arguments,
    const char *present, const char *content)
{
    const struct admin *admin = restoration->admin;
    const char *queue = restoration->queue, *file = restoration->file;

    if (restoration->page_size == 0)
        return confirm(admin, arguments, "make %s, with %s from %s", queue, content, file);
    if (!restoration->is_sound)
        return confirm(admin, arguments,
            "replace everything in %s, which is no complete queue of this version, by %s from %s",
            queue, content, file);
    return confirm(admin, arguments, "replace everything in %s, with %s, by %s from %s", queue,
        present, content, file);
}

static bool ask(const struct restoration *restoration, const struct arguments *arguments)
{
    char present[BACKUP_CONTENT_WORDS], content[BACKUP_CONTENT_WORDS];

    return ask_in_words(restoration, arguments,
        backup_content_words(&restoration->present, present),
        backup_content_words(&restoration->content, content));
}

static int tell(const struct restoration *restoration)
{
    const struct admin *admin = restoration->admin;
    const struct backup_content *content = &restoration->content;

    if (admin->json) {
        json_t *object =
            json_pack("{s:s, s:s}", "file", restoration->file, "database", restoration->queue);

        backup_content_json(content, object);
        admin_print_json(admin, object);
    } else {
        char words[BACKUP_CONTENT_WORDS];

        fprintf(admin->out, "%s: restored from %s, with %s\n", restoration->queue,
            restoration->file, backup_content_words(content, words));
    }
    if (running_holds_lock(restoration->queue))
        admin_say(admin, "a belfry-gateway that is running notices it, and has everybody connect "
                         "anew, over the time `drain`");
    return ADMIN_DONE;
}

static int refuse_server(const struct admin *admin, const char *file)
{
    char *url = database_url_shown(admin->config.database);
    int status = admin_misuse(admin,
        "the queue is in PostgreSQL. Stop the gateways, and restore what pg_dump has made into a "
        "database without a queue:\n"
        "    pg_restore --exit-on-error --dbname='%s' '%s'\n"
        "See BACKUPS in belfry-postgres(7).",
        url, file);

    free(url);
    return status;
}

static int restore_run(struct admin *admin, const struct arguments *arguments)
{
    struct restoration restoration = {
        .admin = admin, .file = arguments->operands[0], .queue = admin->config.database};
    struct reason why;
    int status = ADMIN_REFUSED;

    if (path_check(restoration.file, &why) < 0)
        return admin_misuse(admin, "%s", why.text);
    if (database_url_is(restoration.queue))
        return refuse_server(admin, restoration.file);
    if (backup_file_open(restoration.file, &restoration.backup, &why) < 0 ||
        backup_content_count(restoration.backup, &restoration.content, &why) < 0 ||
        look_at_queue(&restoration, &why) < 0)
        admin_say(admin, "nothing was restored: %s", why.text);
    else if (ask(&restoration, arguments))
        status = restore_queue(&restoration, &why) == 0
                     ? tell(&restoration)
                     : admin_refuse(admin, "nothing was restored: %s", why.text);
    database_close(&restoration.backup);
    return status;
}

static const struct command_option restore_options[] = {
    {"--yes", NULL, "do not ask"},
    {NULL, NULL, NULL},
};

const struct command restore_command = {
    .name = "restore",
    .operands = "FILE",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "Put a backup in the place of what the queue has",
    .options = restore_options,
    .more =
        "Programs that have the queue open may go on: the gateway notices it, and has all clients\n"
        "connect anew. What came after the backup is lost, and what was delivered after it is\n"
        "delivered again; revocations and ended sessions stay. Where nobody can answer, as in\n"
        "cron, it needs --yes.\n\n"
        "    belfry restore /var/backups/belfry-2026-11-22.db",
    .run = restore_run,
};
