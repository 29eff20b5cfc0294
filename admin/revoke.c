#include "admin/revoke.h"

#include "admin/change.h"
#include "common/database.h"

/* One that reaches further, into time to come, stays as it is. */
#define REVOKE \
    "INSERT INTO revocations (user_id, not_before, reason) VALUES (?1, ?2, ?3) " \
    "ON CONFLICT (user_id) DO UPDATE SET not_before = max(not_before, excluded.not_before), " \
    "reason = coalesce(excluded.reason, reason)"

int revoke_run(struct admin *admin, const struct arguments *arguments)
{
    const char *user = arguments->operands[0];
    char now[CLOCK_ISO_SIZE];
    const char *const row[] = {
        user, clock_iso(clock_wall_ms(admin->clock), now), arguments_value(arguments, "--reason")};
    struct reason why;
    sqlite3 *db;
    if (admin_open_queue(admin, &db) < 0)
        return ADMIN_REFUSED;
    int made = change_run(db, REVOKE, row, sizeof row / sizeof *row, &why);
    database_close(&db);
    if (made < 0)
        return admin_refuse(admin, "%s", admin_complaint(&why));
    if (admin->json)
        admin_print_json(admin, json_pack("{s:s, s:s}", "user", user, "notBefore", now));
    else
        admin_say(admin,
            "tokens of %s made until now are refused, and connections that came with one are "
            "closed; a session that is still good makes new ones: end it too",
            user);
    return ADMIN_DONE;
}
