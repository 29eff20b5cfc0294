#include "admin/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/backup_content.h"
#include "admin/database_copy.h"
#include "admin/identity.h"
#include "admin/place.h"
#include "common/database.h"
#include "common/database_url.h"
#include "common/path.h"

struct backup {
    struct admin *admin;
    const char *path;
    char *part;  /* what it is called until it is complete */
    int fd;      /* of the part; -1: not made */
    sqlite3 *db; /* the part */
};

/* ---- the part ---- */

/* SQLite opens the part by its name. In a folder of somebody else, that may have become a link
 * since it was made, so none is followed; links on the way to the folder are resolved before. */
static int part_connect(struct backup *backup, struct reason *why)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW;

    if (sqlite3_open_v2(backup->part, &backup->db, flags, NULL) == SQLITE_OK)
        return 0;
    return database_reason(backup->db, why, "opening it");
}

/* What it is called until it is complete, beside what it will be called. */
static int part_name(struct backup *backup, struct reason *why)
{
    const char *slash = strrchr(backup->path, '/');
    char *folder = place_folder(backup->path), *real = realpath(folder, NULL);

    if (!real)
        reason_set(why, "%s: %s", folder, strerror(errno));
    else if (asprintf(&backup->part, "%s/%s.part-%ld", real, slash ? slash + 1 : backup->path,
                 (long)getpid()) < 0)
        abort();
    free(real);
    free(folder);
    return backup->part ? 0 : -1;
}

static int part_open(struct backup *backup, struct reason *why)
{
    struct stat status;

    if (lstat(backup->path, &status) == 0)
        return reason_set(
            why, "%s is there already: name a file that is not, or remove it", backup->path);
    if (part_name(backup, why) < 0)
        return -1;
    backup->fd =
        open(backup->part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (backup->fd < 0)
        return reason_set(why, "%s: %s", backup->part, strerror(errno));
    if (part_connect(backup, why) < 0)
        return -1;
    /* What is incomplete is deleted, so nothing has to be undone. No other file is written, since
     * the identity changes meanwhile. */
    return database_exec(backup->db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", why);
}

/* The queue is in WAL mode, and so is a copy of its pages. Takes the copy out of it, so that it is
 * one file that can be read in any folder. */
static int part_settle(struct backup *backup, struct backup_content *content, struct reason *why)
{
    database_close(&backup->db);
    if (part_connect(backup, why) < 0 ||
        database_exec(
            backup->db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE", why) < 0 ||
        database_copy_check(backup->db, false, why) < 0 ||
        backup_content_count(backup->db, content, why) < 0)
        return -1;
    database_close(&backup->db);
    return 0;
}

static int sync_folder(const char *path, struct reason *why)
{
    char *folder = place_folder(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = fd < 0 || fsync(fd) < 0 ? reason_set(why, "%s: %s", folder, strerror(errno)) : 0;

    if (fd >= 0)
        close(fd);
    free(folder);
    return result;
}

/* Gives it its name, unless another program has taken that meanwhile. */
static int part_publish(struct backup *backup, struct reason *why)
{
    if (fsync(backup->fd) < 0)
        return reason_set(why, "%s: %s", backup->part, strerror(errno));
    /* A link fails where the name is taken, as rename does not. */
    if (link(backup->part, backup->path) < 0)
        return reason_set(why, "%s: %s", backup->path, strerror(errno));
    return sync_folder(backup->path, why);
}

static void part_close(struct backup *backup)
{
    database_close(&backup->db);
    if (backup->fd >= 0) {
        unlink(backup->part);
        close(backup->fd);
    }
    free(backup->part);
}

/* ---- the command ---- */

static int copy_queue(struct backup *backup, struct reason *why)
{
    const struct admin *admin = backup->admin;
    struct sql *queue;
    int result = admin_try_queue(admin, &queue, why);

    if (result == 0)
        result = database_copy(
            admin, sql_sqlite(queue), backup->db, admin->config.queue.busy_timeout, why);
    sql_close(&queue);
    identity_restore();
    return result;
}

static int tell(const struct backup *backup, const struct backup_content *content)
{
    const struct admin *admin = backup->admin;
    struct stat status;
    int64_t bytes = fstat(backup->fd, &status) == 0 ? (int64_t)status.st_size : 0;

    if (admin->json) {
        json_t *object = json_pack("{s:s, s:I}", "file", backup->path, "bytes", (json_int_t)bytes);

        backup_content_json(content, object);
        admin_print_json(admin, object);
    } else {
        char words[BACKUP_CONTENT_WORDS];

        fprintf(admin->out, "%s: %" PRId64 " bytes, with %s\n", backup->path, bytes,
            backup_content_words(content, words));
    }
    return ADMIN_DONE;
}

/* A part of every backup of the database, so there is nothing to do here. */
static int refuse_server(const struct admin *admin, const char *path)
{
    char *url = database_url_shown(admin->config.database);
    int status = admin_misuse(admin,
        "the queue is in PostgreSQL, and so in every backup of its database. To copy it alone:\n"
        "    pg_dump --schema=belfry --format=custom --file='%s' --dbname='%s'\n"
        "See BACKUPS in belfry-postgres(7).",
        path, url);

    free(url);
    return status;
}

static int backup_run(struct admin *admin, const struct arguments *arguments)
{
    struct backup backup = {.admin = admin, .path = arguments_value(arguments, "--to"), .fd = -1};
    struct backup_content content = {0};
    struct reason why;
    int status;

    if ((backup.path != NULL) == (arguments->operand_count > 0))
        return admin_misuse(admin, "name one FILE: `belfry backup FILE` or `--to FILE`");
    if (!backup.path)
        backup.path = arguments->operands[0];
    if (path_check(backup.path, &why) < 0)
        return admin_misuse(admin, "%s", why.text);
    if (database_url_is(admin->config.database))
        return refuse_server(admin, backup.path);
    if (part_open(&backup, &why) < 0 || copy_queue(&backup, &why) < 0 ||
        part_settle(&backup, &content, &why) < 0 || part_publish(&backup, &why) < 0)
        status = admin_refuse(admin, "no backup was made: %s", why.text);
    else
        status = tell(&backup, &content);
    part_close(&backup);
    return status;
}

static const struct command_option backup_options[] = {
    {"--to", "FILE", "the same as FILE without it"},
    {NULL, NULL, NULL},
};

const struct command backup_command = {
    .name = "backup",
    .operands = "[FILE]",
    .operands_max = 1,
    .summary = "Copy the queue into a file, while everything runs",
    .options = backup_options,
    .more =
        "FILE must not be there yet. It is complete or not there, and only its owner can read it:\n"
        "rows are in it as they are.\n\n"
        "    belfry backup /var/backups/belfry-$(date +%F).db",
    .run = backup_run,
};
