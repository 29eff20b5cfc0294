#include "admin/send_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "admin/lines.h"
#include "common/buf.h"
#include "common/database.h"
#include "common/json.h"
#include "common/memory.h"

/* The largest row the queue takes, with every octet escaped as \u00XX. */
#define LINE_MAX_OCTETS ((size_t)6 * (64 << 10))
#define BATCH_MAX_ROWS 1000
#define BATCH_MAX_OCTETS ((size_t)8 << 20)
#define COMPLAINTS_MAX 100
#define UNKNOWN_NAMED_MAX 5

struct row {
    json_t *object;
    int64_t line, id;
    enum notification_result result;
};

struct run {
    struct admin *admin;
    sqlite3 *db;
    struct notification_writer *writer;
    const struct notification *defaults;
    struct lines *lines;
    int64_t line; /* the last one read, from 1 */
    struct buf data;
    struct row rows[BATCH_MAX_ROWS]; /* of the batch: read first, then written */
    size_t row_count;
    int64_t sent, repeated, bad;
    int64_t unknown; /* sent to users who have never connected */
    struct buf unknown_names;
};

static void complain(struct run *run, int64_t line, const char *because)
{
    run->bad++;
    if (run->bad <= COMPLAINTS_MAX)
        admin_say(run->admin, "line %" PRId64 ": %s", line, because);
    if (run->bad == COMPLAINTS_MAX)
        admin_say(run->admin, "more bad lines are only counted");
}

static void take_line(struct run *run, const char *line, size_t len)
{
    struct reason why;
    if (!line) {
        complain(run, run->line, "is too long");
        return;
    }
    if (len == strspn(line, " \t\r"))
        return;
    json_t *object = json_read(line, len, &why);
    if (!object)
        complain(run, run->line, why.text);
    else
        run->rows[run->row_count++] = (struct row){.object = object, .line = run->line};
}

/* As many lines as are there, and at least one, without any lock. Returns 1 where more may follow,
 * 0 at the end, -1 with the reason. */
static int read_batch(struct run *run, struct reason *why)
{
    size_t octets = 0, len;
    const char *line;
    int got;
    do {
        got = lines_next(run->lines, &line, &len);
        if (got <= 0)
            break;
        run->line++;
        octets += len;
        take_line(run, line, len);
    } while (
        run->row_count < BATCH_MAX_ROWS && octets < BATCH_MAX_OCTETS && lines_ready(run->lines));
    if (got < 0)
        return reason_set(why, "reading: %s", strerror(errno));
    return got;
}

static void note_unknown(struct run *run, const char *user)
{
    if (notification_user_known(run->writer, user))
        return;
    run->unknown++;
    if (run->unknown > UNKNOWN_NAMED_MAX)
        return;
    buf_addf(&run->unknown_names, "%s'", run->unknown > 1 ? ", " : "");
    buf_add_escaped(&run->unknown_names, user, strlen(user));
    buf_add_char(&run->unknown_names, '\'');
}

/* Returns 0 also for a bad row; -1 with the reason where the database fails. */
static int write_row(struct run *run, struct row *row, struct reason *why)
{
    struct notification notification = *run->defaults;
    row->result = NOTIFICATION_BAD;
    if (notification_from_json(&notification, row->object, &run->data, why) == 0)
        row->result = notification_write(
            run->writer, &notification, clock_wall_ms(run->admin->clock), &row->id, why);
    if (row->result == NOTIFICATION_FAILED)
        return -1;
    if (row->result == NOTIFICATION_BAD)
        complain(run, row->line, why->text);
    else
        note_unknown(run, notification.fields[NOTIFICATION_USER]);
    return 0;
}

static int write_batch(struct run *run, struct reason *why)
{
    int result = database_exec(run->db, "BEGIN IMMEDIATE", why);
    for (size_t i = 0; i < run->row_count && result == 0; i++)
        result = write_row(run, &run->rows[i], why);
    if (result == 0)
        result = database_exec(run->db, "COMMIT", why);
    if (result < 0 && !sqlite3_get_autocommit(run->db))
        database_exec(run->db, "ROLLBACK", NULL);
    return result;
}

static void tell_row(struct run *run, const struct row *row)
{
    bool repeated = row->result == NOTIFICATION_REPEATED;
    if (row->result == NOTIFICATION_BAD)
        return;
    *(repeated ? &run->repeated : &run->sent) += 1;
    if (run->admin->json)
        fprintf(run->admin->out, "{\"line\":%" PRId64 ",\"id\":\"%" PRId64 "\",\"repeated\":%s}\n",
            row->line, row->id, repeated ? "true" : "false");
}

/* Ends the batch; only what is committed is told. */
static void finish_batch(struct run *run, bool committed)
{
    for (size_t i = 0; i < run->row_count; i++) {
        if (committed)
            tell_row(run, &run->rows[i]);
        json_decref(run->rows[i].object);
    }
    run->row_count = 0;
    if (run->admin->watched)
        fprintf(run->admin->err, "\r%" PRId64 " sent", run->sent);
}

/* Returns as read_batch; -1 also where the first line not sent is `*from`. */
static int send_batch(struct run *run, int64_t *from, struct reason *why)
{
    *from = run->line + 1;
    int more = read_batch(run, why);
    if (run->row_count == 0)
        return more;
    struct reason writing;
    int written = write_batch(run, &writing);
    finish_batch(run, written == 0);
    if (written < 0) {
        *why = writing;
        return -1;
    }
    *from = run->line + 1;
    return more;
}

static void summarise(struct run *run)
{
    struct admin *admin = run->admin;
    if (admin->watched)
        fputc('\n', admin->err);
    if (!admin->json) {
        fprintf(admin->out, "%" PRId64 " sent", run->sent);
        if (run->repeated > 0)
            fprintf(admin->out, ", %" PRId64 " there already", run->repeated);
        if (run->bad > 0)
            fprintf(admin->out, ", %" PRId64 " bad", run->bad);
        fputc('\n', admin->out);
    }
    if (run->unknown > 0)
        admin_say(admin, "%" PRId64 " went to users who have never connected: %s%s", run->unknown,
            run->unknown_names.data, run->unknown > UNKNOWN_NAMED_MAX ? ", …" : "");
}

int send_lines(struct admin *admin, sqlite3 *db, struct notification_writer *writer,
    const struct notification *defaults)
{
    struct run *run = mem_zalloc(sizeof *run);
    struct reason why;
    int64_t from;
    int more;
    run->admin = admin;
    run->db = db;
    run->writer = writer;
    run->defaults = defaults;
    run->lines = lines_new(fileno(admin->in), LINE_MAX_OCTETS);
    buf_init(&run->data, LINE_MAX_OCTETS);
    buf_init(&run->unknown_names, (size_t)UNKNOWN_NAMED_MAX * 1024);
    do
        more = send_batch(run, &from, &why);
    while (more > 0);
    summarise(run);
    int status = run->bad > 0 ? ADMIN_REFUSED : ADMIN_DONE;
    if (more < 0)
        status =
            admin_refuse(admin, "from line %" PRId64 " on nothing was sent: %s", from, why.text);
    buf_release(&run->unknown_names);
    buf_release(&run->data);
    lines_free(run->lines);
    free(run);
    return status;
}
