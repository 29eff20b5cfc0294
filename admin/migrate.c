#include "admin/migrate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "build-config.h"

#include "admin/identity.h"
#ifdef WITH_POSTGRESQL
#include "admin/migrate_check.h"
#endif
#include "common/database_url.h"

#define GROWTH 8

#ifdef WITH_POSTGRESQL

struct migration_run {
    struct admin *admin;
    const char *shown; /* the target, without its password */
    struct migrate_source source;
    struct migrate_target target;
    int64_t total;    /* rows of the table in the file */
    int64_t reported; /* rows that are not what they were */
    bool has_begun;   /* something may have been copied */
};

static void show_progress(const struct migration_run *run, const struct migrate_table *table,
    const char *verb, int64_t rows)
{
    if (run->admin->watched)
        fprintf(run->admin->err, "\r\033[K%s: %" PRId64 " of %" PRId64 " %s", table->name, rows,
            run->total > rows ? run->total : rows, verb);
}

static void end_progress(const struct migration_run *run)
{
    if (run->admin->watched)
        fputs("\r\033[K", run->admin->err);
}

static void on_checked(void *context, const struct migrate_table *table, int64_t rows)
{
    show_progress(context, table, "compared", rows);
}

/* What is not as it was is said for each row, however many they are. */
static void on_report(
    void *context, const struct migrate_table *table, const char *key, const char *what)
{
    struct migration_run *run = context;

    end_progress(run);
    run->reported++;
    admin_say(run->admin, "%s %s: %s", table->one, key, what);
    if (run->admin->json)
        admin_print_json(run->admin,
            json_pack("{s:s, s:s, s:s}", "table", table->name, "key", key, "what", what));
}

/* Where an earlier run got to. The tables without ids are begun anew: what is there already is
 * written over with the same. */
static int resume(const struct migration_run *run, struct migrate_batch *batch, struct reason *why)
{
    sqlite3_stmt *id = NULL;
    int64_t reached;

    if (!batch->table->numbers)
        return 0;
    if (migrate_target_reached(&run->target, batch->table, &reached, why) < 0)
        return -1;
    if (reached == 0)
        return 0;
    if (sqlite3_prepare_v2(run->source.db, "SELECT ?", -1, &id, NULL) == SQLITE_OK &&
        sqlite3_bind_int64(id, 1, reached) == SQLITE_OK && sqlite3_step(id) == SQLITE_ROW)
        migrate_key_take(&batch->at, batch->table, id);
    sqlite3_finalize(id);
    return 0;
}

/* Returns how many rows, or -1 with the reason. */
static int64_t copy_table(
    struct migration_run *run, const struct migrate_table *table, struct reason *why)
{
    struct migrate_batch batch = {.source = &run->source,
        .target = &run->target,
        .table = table,
        .limit = MIGRATE_BATCH_ROWS,
        .appends = run->target.state == MIGRATE_COMPLETE};
    int64_t copied = 0;
    int result = migrate_target_stage(&run->target, table, why);

    if (result == 0)
        result = resume(run, &batch, why);
    for (batch.rows = 1; result == 0 && batch.rows > 0;) {
        result = migrate_copy_batch(&batch, why);
        if (batch.appends)
            migrate_report_care(&batch, on_report, run);
        copied += batch.appends ? batch.changed : batch.rows;
        batch.limit *= GROWTH;
        if (batch.limit > MIGRATE_BATCH_ROWS)
            batch.limit = MIGRATE_BATCH_ROWS;
        show_progress(run, table, "copied", copied);
    }
    migrate_key_release(&batch.at);
    return result < 0 ? -1 : copied;
}

static void tell_table(struct migration_run *run, const struct migrate_check *check)
{
    const struct admin *admin = run->admin;
    int64_t rows = check->rows - check->left_out;

    end_progress(run);
    if (admin->json)
        admin_print_json(admin,
            json_pack("{s:s, s:I, s:I, s:I}", "table", check->table->name, "rows", (json_int_t)rows,
                "leftOut", (json_int_t)check->left_out, "incomplete", (json_int_t)check->stripped));
    else if (rows > 0 || check->left_out > 0)
        fprintf(admin->out, "%s: %" PRId64 " rows, compared\n", check->table->name, rows);
    if (check->again > 0)
        admin_say(admin,
            "%s: %" PRId64
            " rows were not as in the file, which was written to meanwhile: put right",
            check->table->name, check->again);
    if (check->stripped > 0)
        admin_say(admin, "%s: %" PRId64 " rows lack what PostgreSQL refused: see above",
            check->table->name, check->stripped);
    if (check->foreign > 0)
        admin_say(admin,
            "%s: %" PRId64
            " rows are not from the file, since somebody has inserted them here: they stay",
            check->table->name, check->foreign);
    if (check->left_out > 0)
        admin_say(admin, "%s: %" PRId64 " rows were left out: see above", check->table->name,
            check->left_out);
}

static int check_table(
    struct migration_run *run, const struct migrate_table *table, struct reason *why)
{
    struct migrate_check check = {.source = &run->source,
        .target = &run->target,
        .table = table,
        .report = on_report,
        .context = run,
        .progress = on_checked};

    if (migrate_check_table(&check, why) < 0)
        return -1;
    tell_table(run, &check);
    if (check.different > 0)
        return reason_set(why,
            "%s: %" PRId64
            " rows differ from those of the file, although they were copied twice, so "
            "the migration is not complete",
            table->name, check.different);
    return 0;
}

/* All tables are copied before the first is compared: so what is written to the file meanwhile has
 * least time to make a difference. */
static int fill_target(struct migration_run *run, struct reason *why)
{
    const struct migrate_table *table;

    for (table = migrate_tables; table->name; table++) {
        run->total = migrate_source_count(&run->source, table);
        if (migrate_source_has(&run->source, table) && copy_table(run, table, why) < 0)
            return -1;
    }
    for (table = migrate_tables; table->name; table++) {
        run->total = migrate_source_count(&run->source, table);
        if (migrate_source_has(&run->source, table) && check_table(run, table, why) < 0)
            return -1;
    }
    return migrate_target_finish(&run->target, &run->source, why);
}

static void tell_complete(const struct migration_run *run)
{
    const struct admin *admin = run->admin;

    if (admin->json)
        admin_print_json(admin, json_pack("{s:s, s:s}", "database", run->shown, "result", "made"));
    else
        fprintf(admin->out, "%s: complete\n", run->shown);
    admin_say(admin,
        "now set `database` in belfry.conf and the applications to PostgreSQL, and start "
        "belfry-gateway. Once no application writes to %s any more, run this again: it copies what "
        "came late",
        run->source.path);
}

/* What publishers have inserted into the file after it was complete. */
static int take_late(struct migration_run *run, struct reason *why)
{
    const struct admin *admin = run->admin;
    int64_t late = 0;

    for (const struct migrate_table *table = migrate_tables; table->name; table++) {
        int64_t rows = table->numbers ? copy_table(run, table, why) : 0;

        if (rows < 0)
            return -1;
        late += rows;
    }
    end_progress(run);
    if (admin->json)
        admin_print_json(admin, json_pack("{s:s, s:s, s:I}", "database", run->shown, "result",
                                    late > 0 ? "updated" : "unchanged", "late", (json_int_t)late));
    else if (late > 0)
        fprintf(admin->out,
            "%s: was complete; %" PRId64 " rows that came into the file later are in it now\n",
            run->shown, late);
    else
        fprintf(admin->out, "%s: is complete, and nothing was to be done\n", run->shown);
    return 0;
}

/* The server is asked by whoever runs this: its rights may be those of the system's user. */
static int migrate_all(
    struct migration_run *run, const char *from, const char *to, struct reason *why)
{
    int timeout = (int)run->admin->config.queue.busy_timeout;

    if (migrate_target_connect(&run->target, to, why) < 0)
        return reason_prefix(why, "%s: ", run->shown);
    if (migrate_source_open(&run->source, from, timeout, why) < 0)
        return -1;
    if (migrate_target_claim(&run->target, &run->source, why) < 0)
        return reason_prefix(why, "%s: ", run->shown);
    run->has_begun = true;
    if (run->target.state == MIGRATE_COMPLETE)
        return take_late(run, why);
    if (run->target.state == MIGRATE_RESUMED)
        admin_say(run->admin, "%s: goes on where it ended last time", run->shown);
    if (fill_target(run, why) < 0)
        return -1;
    tell_complete(run);
    return 0;
}

static int migrate_databases(struct admin *admin, const char *from, const char *to)
{
    struct migration_run run = {.admin = admin, .source = {.lock = -1}};
    char *shown = database_url_shown(to);
    struct reason why = {""};

    run.shown = shown;
    int result = migrate_all(&run, from, to, &why);
    end_progress(&run);
    migrate_target_close(&run.target);
    migrate_source_close(&run.source);
    identity_restore();
    if (result < 0)
        admin_say(admin, "%s%s", why.text,
            run.has_begun ? ". What was copied stays: run this again to go on" : "");
    free(shown);
    return result < 0 || run.reported > 0 ? ADMIN_REFUSED : ADMIN_DONE;
}

#endif

static int migrate_run(struct admin *admin, const struct arguments *arguments)
{
    const char *from = arguments_value(arguments, "--from");
    const char *to = arguments_value(arguments, "--to");
    struct reason why;

    if (!from)
        from = admin->config.database;
    if (!to || !database_url_is(to))
        return admin_misuse(admin, "--to names the PostgreSQL database to fill, as in "
                                   "--to postgresql://postgres@localhost/shop");
    if (database_url_is(from))
        return admin_misuse(
            admin, "--from names the file to copy, as in --from /var/lib/belfry/queue/belfry.db");
    if (database_url_check(to, &why) < 0)
        return admin_misuse(admin, "--to: %s", why.text);
#ifdef WITH_POSTGRESQL
    return migrate_databases(admin, from, to);
#else
    return ADMIN_MISUSED;
#endif
}

static const struct command_option migrate_options[] = {
    {"--from", "FILE", "the file to copy; default: as configured"},
    {"--to", "URL", "the PostgreSQL database to fill, like postgresql://postgres@localhost/shop"},
    {NULL, NULL, NULL},
};

const struct command migrate_command = {
    .name = "migrate",
    .summary = "Copy the queue from a file into PostgreSQL",
    .options = migrate_options,
    .more =
        "Stop belfry-gateway and belfry-publish first. It makes the queue there, as `belfry init`\n"
        "does, copies every row with its id, and compares all of them. Killed or cut off, it goes\n"
        "on when it is run again. Then change `database` in belfry.conf, start the gateway, let\n"
        "the applications write to PostgreSQL, and run it once more for what came late:\n\n"
        "    belfry migrate --from /var/lib/belfry/queue/belfry.db \\\n"
        "        --to postgresql://postgres@localhost/shop\n\n"
        "The exit status is 1 if PostgreSQL refuses a row, or a part of it: each is named.",
    .run = migrate_run,
};
