#include "admin/token.h"

#include <string.h>

#include "admin/lines.h"
#include "admin/standing.h"
#include "admin/table.h"
#include "common/memory.h"
#include "common/moment.h"
#include "common/token.h"

int token_for(
    const struct admin *admin, const char *user, const char *role, int64_t ttl, struct buf *out)
{
    struct token_policy policy = token_policy_from(&admin->config);
    struct token_claims claims;
    struct secrets secrets;
    struct reason why;

    if (!*user)
        return admin_misuse(admin, "a token is for a user, whose id is not empty");
    if (secrets_load(&secrets, &admin->config, &why) < 0)
        return admin_misuse(admin, "%s", why.text);
    if (ttl > 0)
        policy.lifetime = ttl;
    token_claims_init(&claims);
    claims.subject = mem_strdup(user);
    claims.role = mem_strdup_or_null(role);
    int result = ADMIN_DONE;
    if (token_issue(&policy, &secrets, &claims, -1, clock_wall_seconds(admin->clock), out, &why) <
        0)
        result = admin_refuse(admin, "%s", why.text);
    token_claims_release(&claims);
    secrets_release(&secrets);
    return result;
}

static int token_issue_run(struct admin *admin, const struct arguments *arguments)
{
    const char *ttl = arguments_value(arguments, "--ttl");
    int64_t seconds = 0;
    struct reason why;
    struct buf token;

    if (ttl && duration_read(ttl, &seconds, &why) < 0)
        return admin_misuse(admin, "--ttl: %s", why.text);
    buf_init(&token, TOKEN_MAX_OCTETS);
    int result = token_for(
        admin, arguments->operands[0], arguments_value(arguments, "--role"), seconds, &token);
    if (result == ADMIN_DONE && admin->json)
        admin_print_json(admin, json_pack("{s:s}", "token", token.data));
    else if (result == ADMIN_DONE)
        fprintf(admin->out, "%s\n", token.data);
    buf_wipe(&token);
    return result;
}

static const char *const verdict_names[] = {
    [TOKEN_OK] = "good",
    [TOKEN_MISSING] = "missing",
    [TOKEN_INVALID] = "invalid",
    [TOKEN_EXPIRED] = "expired",
};

static const char *const standing_names[] = {
    [STANDING_GOOD] = "good",
    [STANDING_REVOKED] = "revoked",
    [STANDING_ENDED] = "ended",
};

/* If something cannot be checked, this says so but does not reject the token: without a queue there
 * is no gateway either, and a session store that cannot be read ends no session. */
static enum standing look(
    const struct admin *admin, const struct token_claims *claims, struct reason *why)
{
    enum standing standing = standing_of(admin, claims, why);

    if (standing != STANDING_UNKNOWN)
        return standing;
    admin_say(admin, "%s", why->text);
    *why = (struct reason){""};
    return STANDING_GOOD;
}

static const struct column columns[] = {
    {"verdict", "verdict", COLUMN_TEXT, 0},
    {"reason", "why", COLUMN_TEXT, 0},
    {"userId", "user", COLUMN_TEXT, 0},
    {"email", "e-mail", COLUMN_TEXT, 0},
    {"name", "name", COLUMN_TEXT, 0},
    {"role", "role", COLUMN_TEXT, 0},
    {"topics", "topics", COLUMN_JSON, 0},
    {"session", "session", COLUMN_TEXT, 0},
    {"id", "id", COLUMN_TEXT, 0},
    {"issuedAt", "issued", COLUMN_TIME, 0},
    {"expiresAt", "expires", COLUMN_TIME, 0},
    {"secrets", "checked with", COLUMN_TEXT, 0},
};

static void add_time(struct table *table, int64_t seconds)
{
    char iso[CLOCK_ISO_SIZE];

    table_add(table, seconds < 0 ? NULL : clock_iso(seconds * 1000, iso));
}

static void add_topics(struct table *table, const struct token_claims *claims)
{
    struct buf topics;

    buf_init(&topics, TOKEN_MAX_OCTETS * 6);
    for (size_t i = 0; i < claims->topic_count; i++) {
        buf_add_char(&topics, i == 0 ? '[' : ',');
        buf_add_json_string(&topics, claims->topics[i], strlen(claims->topics[i]));
    }
    buf_add_char(&topics, ']');
    table_add(table, claims->topic_count > 0 ? topics.data : NULL);
    buf_release(&topics);
}

static void print_verdict(const struct admin *admin, const char *verdict, const struct reason *why,
    const struct token_claims *claims, const struct secrets *secrets)
{
    char description[256];
    bool known = claims->subject != NULL;
    struct table *table = table_new(columns, sizeof columns / sizeof *columns);

    table_add(table, verdict);
    table_add(table, *why->text ? why->text : NULL);
    table_add(table, claims->subject);
    table_add(table, claims->email);
    table_add(table, claims->name);
    table_add(table, claims->role);
    add_topics(table, claims);
    table_add(table, claims->session);
    table_add(table, claims->id);
    add_time(table, known ? claims->issued_at : -1);
    add_time(table, known ? claims->expires_at : -1);
    table_add(table, secrets_describe(secrets, description, sizeof description));
    if (admin->json)
        table_print_json(table, admin->out);
    else
        table_print_records(table, admin->out);
    table_free(table);
}

static int check(const struct admin *admin, const char *token, size_t len)
{
    struct token_policy policy = token_policy_from(&admin->config);
    struct token_claims claims;
    struct secrets secrets;
    struct reason why = {""};

    if (secrets_load(&secrets, &admin->config, &why) < 0)
        return admin_misuse(admin, "%s", why.text);
    enum token_verdict verdict = token_verify(
        &policy, &secrets, token, len, clock_wall_seconds(admin->clock), &claims, &why);
    enum standing standing = verdict == TOKEN_OK ? look(admin, &claims, &why) : STANDING_GOOD;
    bool good = verdict == TOKEN_OK && standing == STANDING_GOOD;
    print_verdict(admin, verdict == TOKEN_OK ? standing_names[standing] : verdict_names[verdict],
        &why, &claims, &secrets);
    token_claims_release(&claims);
    secrets_release(&secrets);
    return good ? ADMIN_DONE : ADMIN_REFUSED;
}

static int token_check_run(struct admin *admin, const struct arguments *arguments)
{
    const char *token = arguments->operands[0];

    if (strcmp(token, "-") != 0)
        return check(admin, token, strlen(token));
    struct lines *lines = lines_new(fileno(admin->in), TOKEN_MAX_OCTETS * 2);
    size_t len;
    int status;
    if (lines_next(lines, &token, &len) <= 0)
        status = admin_refuse(admin, "there is no token on standard input");
    else if (!token)
        status = admin_refuse(admin,
            "what is on standard input has %zu octets; a token has %d at "
            "most",
            len, TOKEN_MAX_OCTETS);
    else
        status = check(admin, token, len - (len > 0 && token[len - 1] == '\r'));
    lines_free(lines);
    return status;
}

static const struct command_option token_issue_options[] = {
    {"--ttl", "TIME", "how long it is valid, like 90s, 15m or 12h; default: as configured"},
    {"--role", "ROLE", "with this role"},
    {NULL, NULL, NULL},
};

const struct command token_issue_command = {
    .name = "token issue",
    .operands = "USER",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "Issue a token, signed with the configured secret",
    .options = token_issue_options,
    .more = "Whoever has it can connect as this user until it expires.\n\n"
            "    AUTH_SECRET=… belfry token issue alice --ttl 5m",
    .run = token_issue_run,
};

const struct command token_check_command = {
    .name = "token check",
    .operands = "TOKEN",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "Say whether a token is valid, and if not, why",
    .more =
        "With - as TOKEN it is read from standard input, where no other user of the machine sees\n"
        "it. The queue is asked whether the token was revoked, the session store whether its\n"
        "session has ended. The exit status is 1 if the gateway would refuse the token.",
    .run = token_check_run,
};
