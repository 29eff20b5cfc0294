#include "admin/send_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "admin/known.h"
#include "admin/lines.h"
#include "common/buf.h"
#include "common/json.h"
#include "common/memory.h"
#include "common/moment.h"

/* The largest row that fits into the queue, with every byte escaped as \u00XX. */
#define LINE_MAX_OCTETS ((size_t)6 * (64 << 10))
#define BATCH_MAX_ROWS 1000
#define BATCH_MAX_OCTETS ((size_t)8 << 20)
#define COMPLAINTS_MAX 100
#define UNKNOWN_NAMED_MAX 5
#define KEY_SIZE 280 /* what is longer than the queue takes is refused there */

/* A line of a batch. Bad lines are kept, too, with what is wrong, so that they are reported in
 * order. */
struct row {
    json_t *object; /* NULL if it is not one */
    struct publication notification;
    struct publication_row checked;
    struct buf data;    /* of the notification, as text */
    char key[KEY_SIZE]; /* made from the prefix */
    char *complaint;
    int64_t line, id;
    enum publisher_result result;
};

struct run {
    struct admin *admin;
    struct publisher *publisher;
    struct sql *queue;
    const struct publication *defaults;
    const char *prefix; /* of keys; NULL: lines without a key have none */
    struct lines *lines;
    int64_t begun_ms; /* steady time */
    int64_t keyless;  /* sent without a key */
    bool told_of_keys;
    int64_t line;                    /* the number of the last one read, from 1 */
    struct row rows[BATCH_MAX_ROWS]; /* the batch: first read and checked, then written */
    size_t row_count;
    size_t good[BATCH_MAX_ROWS]; /* those without complaint, by their numbers in `rows` */
    size_t good_count;
    int64_t sent, repeated, bad;
    int64_t unknown; /* sent to users who have never connected */
    int64_t floats;  /* of these, those whose ids are numbers written as floats */
    bool zoneless;   /* a time without a zone was taken as UTC */
    struct buf unknown_names;
};

static void complain(struct run *run, int64_t line, const char *because)
{
    run->bad++;
    if (run->bad <= COMPLAINTS_MAX)
        admin_say(run->admin, "line %" PRId64 ": %s", line, because);
    if (run->bad == COMPLAINTS_MAX)
        admin_say(run->admin, "further bad lines are only counted");
}

/* Some editors and shells save UTF-16; its first bytes show it. */
static const char *explain_encoding(const char *line, size_t len)
{
    if (len >= 2 && (memcmp(line, "\xff\xfe", 2) == 0 || memcmp(line, "\xfe\xff", 2) == 0))
        return "is UTF-16: save it as UTF-8";
    return NULL;
}

static void take_line(struct run *run, const char *line, size_t len)
{
    struct row *row = &run->rows[run->row_count];
    struct reason why;

    if (line && len == strspn(line, " \t\r"))
        return;
    *row = (struct row){.line = run->line, .result = PUBLISHER_REFUSED};
    if (!line)
        reason_set(&why, "is too long");
    else if (explain_encoding(line, len))
        reason_set(&why, "%s", explain_encoding(line, len));
    else
        row->object = json_read(line, len, &why);
    if (!row->object)
        row->complaint = mem_strdup(why.text);
    run->row_count++;
}

/* Reads as many lines as are available, at least one, while no lock is held. Returns 1 if more may
 * follow, 0 at the end, or -1 with the reason. */
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

static void note_stranger(void *context, const char *user)
{
    struct run *run = context;
    int digits;

    run->unknown++;
    run->floats += known_is_float(user, &digits);
    if (run->unknown > UNKNOWN_NAMED_MAX)
        return;
    buf_addf(&run->unknown_names, "%s'", run->unknown > 1 ? ", " : "");
    buf_add_escaped(&run->unknown_names, user, strlen(user));
    buf_add_char(&run->unknown_names, '\'');
}

static void note_zone(struct run *run, const char *time)
{
    run->zoneless |= time && moment_lacks_zone(time);
}

static void make_key(const struct run *run, struct row *row)
{
    const char **key = &row->notification.fields[NOTIFICATION_KEY];

    if (*key || !run->prefix)
        return;
    snprintf(row->key, sizeof row->key, "%s%" PRId64, run->prefix, row->line);
    *key = row->key;
}

static void check_row(struct run *run, struct row *row)
{
    const char *const *fields = row->notification.fields;
    struct publication_error error;

    row->notification = *run->defaults;
    buf_init(&row->data, LINE_MAX_OCTETS);
    if (!row->object)
        return;
    int result = publication_from_json(&row->notification, row->object, &row->data, &error);
    if (result == 0) {
        make_key(run, row);
        result = publication_check(
            &row->notification, clock_wall_ms(run->admin->clock), &row->checked, &error);
    }
    if (result < 0) {
        row->complaint = mem_strdup(error.why.text);
        return;
    }
    run->good[run->good_count++] = row - run->rows;
    note_zone(run, fields[NOTIFICATION_AFTER]);
    note_zone(run, fields[NOTIFICATION_EXPIRES]);
}

static void check_batch(struct run *run)
{
    run->good_count = 0;
    for (size_t i = 0; i < run->row_count; i++)
        check_row(run, &run->rows[i]);
}

static int note_row(
    void *context, size_t index, enum publisher_result result, int64_t id, const struct reason *why)
{
    struct run *run = context;
    struct row *row = &run->rows[run->good[index]];

    row->result = result;
    row->id = id;
    if (result == PUBLISHER_REFUSED)
        row->complaint = mem_strdup(why->text);
    return 0;
}

static int write_batch(struct run *run, struct reason *why)
{
    const struct publication_row *rows[BATCH_MAX_ROWS];

    for (size_t i = 0; i < run->good_count; i++)
        rows[i] = &run->rows[run->good[i]].checked;
    if (publisher_begin(run->publisher, why) < 0)
        return -1;
    if (publisher_write_all(run->publisher, rows, run->good_count, note_row, run, why) == 0)
        return publisher_commit(run->publisher, why);
    publisher_rollback(run->publisher);
    return -1;
}

/* Looks for users who have never connected among those to whom something was sent. */
static void look_for_strangers(struct run *run)
{
    json_t *users = json_array();

    for (size_t i = 0; i < run->row_count; i++)
        if (!run->rows[i].complaint)
            json_array_append_new(
                users, json_string(run->rows[i].checked.values[NOTIFICATION_USER]));
    char *text = json_dumps(users, JSON_COMPACT);
    known_strangers(run->queue, text, note_stranger, run);
    free(text);
    json_decref(users);
}

static void tell_row(struct run *run, const struct row *row)
{
    bool repeated = row->result == PUBLISHER_REPEATED;

    *(repeated ? &run->repeated : &run->sent) += 1;
    run->keyless += !row->notification.fields[NOTIFICATION_KEY];
    if (run->admin->json)
        fprintf(run->admin->out, "{\"line\":%" PRId64 ",\"id\":\"%" PRId64 "\",\"repeated\":%s}\n",
            row->line, row->id, repeated ? "true" : "false");
}

static void show_progress(const struct run *run)
{
    int64_t ms = clock_steady_ms(run->admin->clock) - run->begun_ms;
    int64_t done = run->sent + run->repeated;

    fprintf(run->admin->err, "\r%" PRId64 " sent", run->sent);
    if (run->repeated > 0)
        fprintf(run->admin->err, ", %" PRId64 " there already", run->repeated);
    if (ms > 0)
        fprintf(run->admin->err, ", %" PRId64 " a second   ", done * 1000 / ms);
    fflush(run->admin->err);
}

/* Says once, when there are many, what an interruption would mean. */
static void tell_of_keys(struct run *run)
{
    if (run->told_of_keys || run->keyless < BATCH_MAX_ROWS)
        return;
    run->told_of_keys = true;
    admin_say(run->admin, "%s",
        "lines without a \"key\" are sent again if this input is read again after an interruption: "
        "--key-prefix NAME gives each a key from its number, so that only what is missing is sent");
}

/* Ends the batch. Only rows that are committed are reported as sent. */
static void finish_batch(struct run *run, bool committed)
{
    for (size_t i = 0; i < run->row_count; i++) {
        struct row *row = &run->rows[i];
        if (row->complaint)
            complain(run, row->line, row->complaint);
        else if (committed)
            tell_row(run, row);
        free(row->complaint);
        buf_release(&row->data);
        json_decref(row->object);
    }
    run->row_count = 0;
    tell_of_keys(run);
    if (run->admin->watched)
        show_progress(run);
}

/* Returns as read_batch, and also -1 if writing failed. *from is the first line that was not sent.
 */
static int send_batch(struct run *run, int64_t *from, struct reason *why)
{
    *from = run->line + 1;
    int more = read_batch(run, why);
    if (run->row_count == 0)
        return more;
    struct reason writing;
    check_batch(run);
    int written = write_batch(run, &writing);
    if (written == 0)
        look_for_strangers(run);
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
    if (run->floats > 0)
        admin_say(admin,
            "%" PRId64 " of these are numbers written as floats, like 42.0: the \"sub\" of tokens "
            "is 42",
            run->floats);
    if (run->zoneless)
        admin_say(admin, "times without a zone were taken as UTC, which is what the table holds");
}

int send_lines(struct admin *admin, struct sql *queue, struct publisher *publisher,
    const struct publication *defaults, const char *prefix)
{
    struct run *run = mem_zalloc(sizeof *run);
    struct reason why;
    int64_t from;
    int more;

    run->admin = admin;
    run->queue = queue;
    run->publisher = publisher;
    run->defaults = defaults;
    run->prefix = prefix;
    run->begun_ms = clock_steady_ms(admin->clock);
    run->lines = lines_new(fileno(admin->in), LINE_MAX_OCTETS);
    buf_init(&run->unknown_names, (size_t)UNKNOWN_NAMED_MAX * 1024);
    do
        more = send_batch(run, &from, &why);
    while (more > 0);
    summarise(run);
    int status = run->bad > 0 ? ADMIN_REFUSED : ADMIN_DONE;
    if (more < 0)
        status = admin_refuse(admin, "%s from line %" PRId64 " on: %s",
            publisher->is_uncertain ? "not all may have been sent" : "nothing was sent", from,
            why.text);
    buf_release(&run->unknown_names);
    lines_free(run->lines);
    free(run);
    return status;
}
