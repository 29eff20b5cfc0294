#include "common/database.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/database_url.h"
#include "common/filesystem.h"
#include "common/memory.h"
#include "common/side_files.h"

/* The folder that a file is in, or would be. malloc()ed. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return mem_strdup(".");
    return mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int check_filesystem(const char *path, struct reason *why)
{
    char type[FILESYSTEM_TYPE_SIZE];
    char *folder = folder_of(path);
    bool shared = filesystem_type(folder, type) == 0 && filesystem_is_shared(type);

    free(folder);
    if (shared)
        return reason_set(why,
            "%s: lies on %s, which several machines may write at once: SQLite's WAL needs one "
            "kernel, put the file on a local disk",
            path, type);
    return 0;
}

static int check_file(const char *path, enum database_mode mode, struct reason *why)
{
    struct stat status;

    if (stat(path, &status) < 0) {
        if (errno == ENOENT && mode == DATABASE_CREATE)
            return 0;
        if (errno == ENOENT && mode == DATABASE_OWN)
            return reason_set(
                why, "%s: No such file: `belfry init --database %s` makes it", path, path);
        return reason_set(why, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(status.st_mode))
        return reason_set(why, "%s: is %s, not a file", path,
            S_ISDIR(status.st_mode) ? "a folder" : "something special");
    if (status.st_size == 0 && mode != DATABASE_CREATE)
        return reason_set(why, "%s: is empty, not a database", path);
    return 0;
}

/* What to do about errors that no single statement is to blame for. */
static const char *advice(int code)
{
    static const struct {
        int code;
        const char *text;
    } advices[] = {
        {SQLITE_NOTADB, "is not an SQLite database, or is encrypted"},
        {SQLITE_CORRUPT,
            "is damaged, truncated or partly overwritten: restore a backup, or see what "
            ".recover in the sqlite3 shell can save"},
        {SQLITE_CANTOPEN, "cannot be opened: this user needs to read and write the file, and to "
                          "write its folder, where SQLite keeps -wal and -shm"},
        {SQLITE_READONLY, "cannot be written: this user needs to write the file, and its folder, "
                          "where SQLite keeps -wal and -shm"},
        {SQLITE_FULL, "cannot grow, since the disk is full: free some space"},
        {SQLITE_BUSY, "is locked by another program, and still was after waiting for it"},
    };
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if (advices[i].code == code)
            return advices[i].text;
    return NULL;
}

/* What to do about errors of the operating system. */
static const char *system_advice(int number)
{
    static const struct {
        int number;
        const char *text;
    } advices[] = {
        {EIO, "the disk reports an error: see the kernel's log (dmesg), check the disk, and "
              "restore what is damaged from a backup"},
        {EROFS, "the file system is read-only, as after a disk error: see the kernel's log "
                "(dmesg), and mount it read-write again"},
        {EDQUOT, "the quota is used up: raise it, or delete something"},
        {EFBIG, "the file may not grow: raise the limit of the process (LimitFSIZE, ulimit -f)"},
        {EMFILE, "the process has too many files open: raise its limit (LimitNOFILE, ulimit -n)"},
        {ENFILE, "the system has too many files open: raise fs.file-max"},
        {ESTALE, "its file system was unmounted or exported again: mount it again"},
    };
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if (advices[i].number == number)
            return advices[i].text;
    return NULL;
}

/* What SQLite was doing when the operating system reported the error. */
static const char *doing_when(int extended)
{
    static const struct {
        int code;
        const char *text;
    } doings[] = {
        {SQLITE_IOERR_READ, "reading failed"},
        {SQLITE_IOERR_SHORT_READ, "reading failed"},
        {SQLITE_IOERR_WRITE, "writing failed"},
        {SQLITE_IOERR_FSYNC, "writing to the disk (fsync) failed"},
        {SQLITE_IOERR_TRUNCATE, "truncating the file failed"},
        {SQLITE_IOERR_FSTAT, "looking at the file failed"},
    };
    for (size_t i = 0; i < sizeof doings / sizeof *doings; i++)
        if (doings[i].code == extended)
            return doings[i].text;
    return "disk I/O error";
}

static int set_system_reason(struct reason *why, const char *doing, int number)
{
    const char *name = strerrorname_np(number);
    const char *todo = system_advice(number);

    return reason_set(why, "%s: %s (%s)%s%s", doing, strerror(number), name ? name : "errno",
        todo ? ": " : "", todo ? todo : "");
}

/* A file system that has become read-only is not a matter of permissions. */
static bool is_read_only(sqlite3 *db)
{
    const char *path = db ? sqlite3_db_filename(db, "main") : NULL;

    return path && *path && access(path, W_OK) < 0 && errno == EROFS;
}

static int set_reason(sqlite3 *db, struct reason *why, int code, int number)
{
    if (code == SQLITE_READONLY && is_read_only(db))
        return set_system_reason(why, "cannot be written", EROFS);
    if (code == SQLITE_CANTOPEN && system_advice(number))
        return set_system_reason(why, "cannot be opened", number);
    if (advice(code))
        return reason_set(why, "%s", advice(code));
    if (code == SQLITE_IOERR && number != 0)
        return set_system_reason(why, doing_when(sqlite3_extended_errcode(db)), number);
    return reason_set(why, "%s", sqlite3_errmsg(db));
}

/* Returns 0, or minus SQLite's code with the reason. */
static int look_into(sqlite3 *db, const char *sql, struct reason *why)
{
    errno = 0;
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL) & 0xff;
    if (code != SQLITE_OK)
        database_reason(db, why, NULL);
    return -code;
}

/* Reads a part of the header, through SQLite's own descriptor: opening and closing another one
 * would drop SQLite's locks. */
static bool read_header(sqlite3 *db, void *part, int len, sqlite3_int64 offset)
{
    sqlite3_file *file = NULL;

    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file ||
        !file->pMethods)
        return false;
    return file->pMethods->xRead(file, part, len, offset) == SQLITE_OK;
}

/* Whether the next transaction opens the -wal. */
static bool is_in_wal_mode(sqlite3 *db)
{
    enum { READ_VERSION = 19, WAL = 2 };
    unsigned char version;
    return read_header(db, &version, sizeof version, READ_VERSION) && version == WAL;
}

/* A file of Belfry's own has "BELF" or "BELS" as its application_id. */
static bool is_belfrys(sqlite3 *db)
{
    enum { APPLICATION_ID = 68 };
    char id[4];
    return read_header(db, id, sizeof id, APPLICATION_ID) && memcmp(id, "BEL", 3) == 0;
}

static bool is_immutable(sqlite3 *db)
{
    return sqlite3_uri_boolean(sqlite3_db_filename(db, "main"), "immutable", 0);
}

int database_beside_judge(sqlite3 *db, struct reason *why)
{
    bool has_wal = database_beside(db, "-wal") != 0;

    if (has_wal ? database_beside(db, "-shm") != 0 : !is_in_wal_mode(db))
        return 0;
    return side_files_judge(sqlite3_db_filename(db, "main"), why);
}

/* Must not write to the file, since nobody has checked yet what it is. */
static int set_up_connection(
    sqlite3 *db, enum database_mode mode, int busy_timeout_ms, struct reason *why)
{
    int persist_wal = 1;

    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, busy_timeout_ms);
    /* If the schema is not trusted, SQLite before 3.41 refuses to open a file whose CHECKs use
     * json_valid, as ours do and an application's may. */
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if ((mode == DATABASE_FOREIGN || !is_belfrys(db)) && !is_immutable(db) &&
        database_beside_judge(db, why) < 0)
        return -SQLITE_CANTOPEN;
    if (mode != DATABASE_FOREIGN)
        sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist_wal);
    if (mode == DATABASE_FOREIGN || mode == DATABASE_LOOK)
        return look_into(db, "PRAGMA query_only = 1; SELECT count(*) FROM sqlite_schema", why);
    return look_into(db, "SELECT count(*) FROM sqlite_schema", why);
}

static int open_at(const char *path, int flags, enum database_mode mode, int busy_timeout_ms,
    sqlite3 **db, struct reason *why)
{
    int code = -(sqlite3_open_v2(path, db, flags | SQLITE_OPEN_NOMUTEX, NULL) & 0xff);

    if (code < 0) {
        set_reason(*db, why, -code, 0);
        reason_prefix(why, "%s: ", path);
    } else {
        code = set_up_connection(*db, mode, busy_timeout_ms, why);
    }
    if (code < 0)
        database_close(db);
    return code;
}

/* Whether nobody has the file open, so that it is complete without its -wal. */
static bool is_at_rest(const char *path)
{
    struct buf wal;
    struct stat status;

    buf_init(&wal, PATH_MAX + 8);
    buf_addf(&wal, "%s-wal", path);
    bool none = stat(wal.data, &status) < 0 && errno == ENOENT;
    buf_release(&wal);
    return none;
}

/* Opens a file at rest, which can be read even if its -wal cannot be created. */
static int open_at_rest(const char *path, int busy_timeout_ms, sqlite3 **db, struct reason *why)
{
    struct buf uri;

    buf_init(&uri, 3 * PATH_MAX + 64);
    buf_add_text(&uri, "file:");
    for (const char *at = path; *at; at++)
        buf_addf(&uri, strchr("%?#", *at) ? "%%%02x" : "%c", (unsigned char)*at);
    buf_add_text(&uri, "?immutable=1");
    int code = open_at(
        uri.data, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, DATABASE_LOOK, busy_timeout_ms, db, why);
    buf_release(&uri);
    return code;
}

/* Whether others could have put a link there that leads root astray. */
static bool may_mislead_root(const char *folder)
{
    struct stat status;

    return geteuid() == 0 && stat(folder, &status) == 0 &&
           (status.st_uid != 0 || (status.st_mode & 0022));
}

/* Opens or creates the file under exactly that name, where it must not be a link. */
static int open_or_make(
    const char *path, int flags, int busy_timeout_ms, sqlite3 **db, struct reason *why)
{
    char *folder = folder_of(path), *real = NULL, *place = NULL;
    const char *slash = strrchr(path, '/');

    if (may_mislead_root(folder) && (real = realpath(folder, NULL)) &&
        asprintf(&place, "%s/%s", real, slash ? slash + 1 : path) < 0)
        abort();
    int code = open_at(place ? place : path, flags | (place ? SQLITE_OPEN_NOFOLLOW : 0),
        DATABASE_CREATE, busy_timeout_ms, db, why);
    free(place);
    free(real);
    free(folder);
    return code;
}

int database_open(const char *path, enum database_mode mode, int busy_timeout_ms, sqlite3 **db,
    struct reason *why)
{
    *db = NULL;
    if (database_url_is(path)) {
        reason_set(why, "this is a database of PostgreSQL, and an SQLite file is needed here");
        return -SQLITE_CANTOPEN;
    }
    if (check_file(path, mode, why) < 0)
        return -SQLITE_CANTOPEN;
    if (mode != DATABASE_FOREIGN && check_filesystem(path, why) < 0)
        return -SQLITE_CANTOPEN;
    if (mode == DATABASE_CREATE)
        return open_or_make(
            path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, busy_timeout_ms, db, why);
    int code = open_at(path, SQLITE_OPEN_READWRITE, mode, busy_timeout_ms, db, why);
    if (mode == DATABASE_LOOK && (code == -SQLITE_READONLY || code == -SQLITE_CANTOPEN) &&
        is_at_rest(path))
        code = open_at_rest(path, busy_timeout_ms, db, why);
    return code;
}

void database_close(sqlite3 **db)
{
    sqlite3_close_v2(*db);
    *db = NULL;
}

/* Asked before each look at somebody's session: it allocates nothing. */
static bool look_beside(sqlite3 *db, const char *ending, struct stat *status)
{
    const char *database = sqlite3_db_filename(db, "main");
    size_t len = strlen(database), more = strlen(ending) + 1;
    char path[PATH_MAX];

    if (len + more > sizeof(path))
        return false;
    memcpy(path, database, len);
    memcpy(path + len, ending, more);
    return stat(path, status) == 0;
}

ino_t database_beside(sqlite3 *db, const char *ending)
{
    struct stat status;

    return look_beside(db, ending, &status) ? status.st_ino : 0;
}

uint64_t database_beside_bytes(sqlite3 *db, const char *ending)
{
    struct stat status;

    return look_beside(db, ending, &status) ? (uint64_t)status.st_size : 0;
}

bool database_files_follow(struct database_files *files, sqlite3 *db)
{
    struct database_files now = {database_beside(db, "-wal"), database_beside(db, "-shm")};
    bool kept =
        (files->wal == 0 || files->wal == now.wal) && (files->shm == 0 || files->shm == now.shm);

    if (kept)
        *files = now;
    return kept;
}

bool database_files_complete(const struct database_files *files)
{
    return files->wal != 0 && files->shm != 0;
}

/* SQLite keeps the system's error number for most failures, but not for a COMMIT. */
int database_reason(sqlite3 *db, struct reason *why, const char *doing)
{
    int number = errno;
    int code = sqlite3_errcode(db) & 0xff;
    const char *path = db ? sqlite3_db_filename(db, "main") : NULL;

    if (db && sqlite3_system_errno(db) != 0)
        number = sqlite3_system_errno(db);
    set_reason(db, why, code, number);
    if (path && *path && code != SQLITE_CONSTRAINT)
        reason_prefix(why, "%s: ", path);
    if (doing)
        reason_prefix(why, "%s: ", doing);
    return -1;
}

const char *database_complaint(const struct reason *why)
{
    static const char before[] = "CHECK constraint failed: ";
    const char *found = strstr(why->text, before);

    return found ? found + strlen(before) : why->text;
}

int database_exec(sqlite3 *db, const char *sql, struct reason *why)
{
    errno = 0;
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return database_reason(db, why, NULL);
    return 0;
}

int database_prepare(sqlite3 *db, const char *const *sql, sqlite3_stmt **statements, size_t count,
    struct reason *why)
{
    for (size_t i = 0; i < count; i++)
        statements[i] = NULL;
    for (size_t i = 0; i < count; i++) {
        if (sqlite3_prepare_v3(db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &statements[i], NULL) !=
            SQLITE_OK) {
            database_reason(db, why, sql[i]);
            database_finalize(statements, count);
            return -1;
        }
    }
    return 0;
}

void database_finalize(sqlite3_stmt **statements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sqlite3_finalize(statements[i]);
        statements[i] = NULL;
    }
}

int database_integer(
    sqlite3 *db, const char *sql, int64_t fallback, int64_t *value, struct reason *why)
{
    sqlite3_stmt *statement = NULL;
    int step = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    if (step == SQLITE_OK)
        step = sqlite3_step(statement);
    int result = 0;
    *value = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : fallback;
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        result = database_reason(db, why, NULL);
    sqlite3_finalize(statement);
    return result;
}

const char *database_text(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

void database_bind(sqlite3_stmt *statement, int index, const char *text)
{
    sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}
