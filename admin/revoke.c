#include "admin/revoke.h"

#include "admin/confirm.h"
#include "admin/known.h"

/* Whoever has ever connected has a row in `presence`. */
#define EVERYBODY \
    "(SELECT user_id FROM presence UNION SELECT user_id FROM notifications " \
    "UNION SELECT user_id FROM conversation_members) AS everybody"

/* A revocation that reaches further into the future stays as it is. In PostgreSQL the new row takes
 * the place of the one before (trigger revocations_replace), so it is made from both. */
#define REVOKE(sqlite_users, postgres_users) \
    { \
        "INSERT INTO revocations (user_id, not_before, reason) " sqlite_users \
        " ON CONFLICT (user_id) DO UPDATE SET not_before = max(not_before, excluded.not_before), " \
        "reason = coalesce(excluded.reason, reason)", \
            "INSERT INTO revocations (user_id, not_before, reason) " \
            "SELECT u.user_id, greatest(r.not_before, u.not_before), " \
            "coalesce(u.reason, r.reason) FROM (" postgres_users \
            ") AS u (user_id, not_before, reason) " \
            "LEFT JOIN revocations AS r ON r.user_id = u.user_id" \
    }

static const struct sql_text revoke_of_one = REVOKE(
    "VALUES ($1, $2, $3)", "SELECT CAST($1 AS text), CAST($2 AS timestamptz), CAST($3 AS text)");
static const struct sql_text revoke_of_all =
    REVOKE("SELECT user_id, $1, $2 FROM " EVERYBODY " WHERE true",
        "SELECT user_id, CAST($1 AS timestamptz), CAST($2 AS text) FROM " EVERYBODY);

static int revoke_one(struct admin *admin, struct sql *queue, const char *const row[3])
{
    struct reason why;

    if (sql_change(queue, &revoke_of_one, row, 3, &why) < 0)
        return admin_refuse(admin, "%s", why.text);
    if (admin->json)
        admin_print_json(admin, json_pack("{s:s, s:s}", "user", row[0], "notBefore", row[1]));
    else
        admin_say(admin,
            "tokens issued to %s until now are refused, and connections made with one are "
            "closed; a session that is still valid gets new ones: end it too",
            row[0]);
    known_warn_of_user(admin, queue, row[0]);
    return ADMIN_DONE;
}

static int revoke_all(struct admin *admin, struct sql *queue, const struct arguments *arguments,
    const char *const row[3])
{
    static const struct sql_text everybody = SQL_BOTH("SELECT count(*) FROM " EVERYBODY);
    struct reason why;
    int64_t users;

    if (sql_count(queue, &everybody, NULL, 0, &users, &why) < 0)
        return admin_refuse(admin, "%s", why.text);
    if (users > 0 &&
        !confirm(admin, arguments,
            "refuse the tokens of all %lld users and close their connections", (long long)users))
        return ADMIN_REFUSED;
    int revoked = (int)sql_change(queue, &revoke_of_all, row + 1, 2, &why);
    if (revoked < 0)
        return admin_refuse(admin, "%s", why.text);
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

static int revoke_run(struct admin *admin, const struct arguments *arguments)
{
    const char *user = arguments->operand_count > 0 ? arguments->operands[0] : NULL;
    bool all = arguments_value(arguments, "--all") != NULL;
    char now[CLOCK_ISO_SIZE];
    const char *const row[] = {
        user, clock_iso(clock_wall_ms(admin->clock), now), arguments_value(arguments, "--reason")};
    struct sql *queue;

    if (all == (user != NULL))
        return admin_misuse(admin, "give the USER whose tokens are to be refused, or --all");
    if (admin_open_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    int status = all ? revoke_all(admin, queue, arguments, row) : revoke_one(admin, queue, row);
    sql_close(&queue);
    return status;
}

static const struct command_option revoke_options[] = {
    {"--all", NULL, "the tokens of all users that the queue knows"},
    {"--yes", NULL, "do not ask"},
    {"--reason", "TEXT", "kept in the table, for the record"},
    {NULL, NULL, NULL},
};

const struct command revoke_command = {
    .name = "revoke",
    .operands = "[USER]",
    .operands_max = 1,
    .summary = "Refuse a user's tokens, and close their connections",
    .options = revoke_options,
    .more =
        "This is not a ban: a session that is still valid gets new tokens. End the session first,\n"
        "in your application or with `belfry session revoke --user USER`.",
    .run = revoke_run,
};
