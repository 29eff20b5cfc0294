#include "admin/revoke.h"

#include "admin/change.h"
#include "admin/confirm.h"
#include "admin/known.h"
#include "common/database.h"

/* A revocation that reaches further into the future stays as it is. */
#define REVOKE(users) \
    "INSERT INTO revocations (user_id, not_before, reason) " users \
    "ON CONFLICT (user_id) DO UPDATE SET not_before = max(not_before, excluded.not_before), " \
    "reason = coalesce(excluded.reason, reason)"

/* Whoever has ever connected has a row in `presence`. */
#define EVERYBODY \
    "(SELECT user_id FROM presence UNION SELECT user_id FROM notifications " \
    "UNION SELECT user_id FROM conversation_members)"

static int revoke_one(struct admin *admin, sqlite3 *db, const char *const row[3])
{
    struct reason why;

    if (change_run(db, REVOKE("VALUES (?1, ?2, ?3) "), row, 3, &why) < 0)
        return admin_refuse(admin, "%s", database_complaint(&why));
    if (admin->json)
        admin_print_json(admin, json_pack("{s:s, s:s}", "user", row[0], "notBefore", row[1]));
    else
        admin_say(admin,
            "tokens issued to %s until now are refused, and connections made with one are "
            "closed; a session that is still valid gets new ones: end it too",
            row[0]);
    known_warn_of_user(admin, db, row[0]);
    return ADMIN_DONE;
}

static int revoke_all(
    struct admin *admin, sqlite3 *db, const struct arguments *arguments, const char *const row[3])
{
    struct reason why;
    int64_t users;

    if (database_integer(db, "SELECT count(*) FROM " EVERYBODY, 0, &users, &why) < 0)
        return admin_refuse(admin, "%s", why.text);
    if (users > 0 &&
        !confirm(admin, arguments,
            "refuse the tokens of all %lld users and close their connections", (long long)users))
        return ADMIN_REFUSED;
    int revoked = change_run(
        db, REVOKE("SELECT user_id, ?2, ?3 FROM " EVERYBODY " WHERE ?1 IS NULL "), row, 3, &why);
    if (revoked < 0)
        return admin_refuse(admin, "%s", database_complaint(&why));
    if (admin->json)
        admin_print_json(admin, json_pack("{s:i, s:s}", "revoked", revoked, "notBefore", row[1]));
    else
        admin_say(admin,
            "tokens of %d users made until now are refused, and connections that came with one are "
            "closed. Sessions that are still good make new ones. A token that was never used yet, "
            "of a user whom the queue does not know, is good until its end: only another secret "
            "ends that",
            revoked);
    return ADMIN_DONE;
}

int revoke_run(struct admin *admin, const struct arguments *arguments)
{
    const char *user = arguments->operand_count > 0 ? arguments->operands[0] : NULL;
    bool all = arguments_value(arguments, "--all") != NULL;
    char now[CLOCK_ISO_SIZE];
    const char *const row[] = {
        user, clock_iso(clock_wall_ms(admin->clock), now), arguments_value(arguments, "--reason")};
    sqlite3 *db;

    if (all == (user != NULL))
        return admin_misuse(admin, "give the USER whose tokens are to be refused, or --all");
    if (admin_open_queue(admin, &db) < 0)
        return ADMIN_REFUSED;
    int status = all ? revoke_all(admin, db, arguments, row) : revoke_one(admin, db, row);
    database_close(&db);
    return status;
}
