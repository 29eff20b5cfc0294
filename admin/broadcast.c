#include "admin/broadcast.h"

#include <inttypes.h>
#include <string.h>

#include "admin/change.h"
#include "admin/known.h"
#include "common/database.h"
#include "common/json.h"
#include "common/moment.h"

static void print_id(const struct admin *admin, int64_t id)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRId64, id);
    if (admin->json)
        admin_print_json(admin, json_pack("{s:s}", "id", text));
    else
        fprintf(admin->out, "%s\n", text);
}

/* Without an end it goes only to whoever is connected when the gateway finds it. */
static void warn_if_nobody_hears(const struct admin *admin, sqlite3 *db)
{
    static const char *const sql = "SELECT EXISTS (SELECT 1 FROM gateways WHERE alive_at > "
                                   "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-15 seconds'))";
    struct reason why;
    int64_t alive;

    if (database_integer(db, sql, 1, &alive, &why) == 0 && !alive)
        admin_say(admin, "no gateway is running: where none comes within a minute, nobody gets "
                         "this (--expires TIME keeps it for whoever comes before then)");
}

static int insert(
    struct admin *admin, sqlite3 *db, const struct arguments *arguments, const char *expires)
{
    const char *topic = arguments_value(arguments, "--topic");
    char created[CLOCK_ISO_SIZE];
    const char *const row[] = {topic ? topic : "*", arguments->operands[0], arguments->operands[1],
        expires, clock_iso(clock_wall_ms(admin->clock), created)};
    struct reason why;

    if (change_run(db,
            "INSERT INTO broadcasts (topic, event, data, expires_at, created_at) "
            "VALUES (?1, ?2, ?3, ?4, ?5)",
            row, sizeof row / sizeof *row, &why) < 0)
        return admin_refuse(admin, "%s", admin_complaint(&why));
    print_id(admin, sqlite3_last_insert_rowid(db));
    if (topic)
        known_warn_of_topic(admin, db, topic);
    if (!expires)
        warn_if_nobody_hears(admin, db);
    return ADMIN_DONE;
}

int broadcast_run(struct admin *admin, const struct arguments *arguments)
{
    const char *data = arguments->operands[1];
    const char *expires = arguments_value(arguments, "--expires");
    char end[CLOCK_ISO_SIZE];
    struct reason why;
    sqlite3 *db;

    if (data && json_check(data, strlen(data), false, &why) < 0)
        return admin_misuse(admin, "DATA must be JSON, a text in quotes too: %s", why.text);
    if (expires && moment_read_local(expires, clock_wall_ms(admin->clock), end, &why) < 0)
        return admin_misuse(admin, "--expires: %s", why.text);
    if (expires && moment_lacks_zone(expires))
        admin_say(admin, "--expires %s has no zone: taken as the local time of this machine, %s",
            expires, end);
    if (admin_open_queue(admin, &db) < 0)
        return ADMIN_REFUSED;
    int status = insert(admin, db, arguments, expires ? end : NULL);
    database_close(&db);
    return status;
}
