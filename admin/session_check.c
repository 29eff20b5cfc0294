#include "admin/session_check.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "admin/lines.h"
#include "admin/table.h"
#include "auth-fcgi/credentials.h"
#include "auth-fcgi/session_store.h"
#include "auth-fcgi/sources.h"
#include "common/memory.h"

#define HEADER_MAX 65536

static const struct column columns[] = {
    {"source", "SOURCE", COLUMN_TEXT, 0},
    {"verdict", "VERDICT", COLUMN_TEXT, 0},
    {"user", "USER", COLUMN_TEXT, 40},
    {"expires", "EXPIRES", COLUMN_TIME, 0},
    {"reason", "REASON", COLUMN_TEXT, 0},
};

static void tell_verdict(void *context, const char *source, enum session_verdict verdict,
    const struct session *session, const struct reason *why)
{
    static const char *const words[] = {
        [SESSION_FOUND] = "a session",
        [SESSION_ABSENT] = "nothing there",
        [SESSION_REFUSED] = "no session",
        [SESSION_UNAVAILABLE] = "cannot look",
        [SESSION_LOCKED] = "cannot look",
    };
    struct table *table = context;
    bool found = verdict == SESSION_FOUND;
    char iso[CLOCK_ISO_SIZE];
    bool ends = found && session->ends_at != SESSION_ENDLESS;

    table_add(table, source);
    table_add(table, words[verdict]);
    table_add(table, found ? (session->user_id ? session->user_id : session->email) : NULL);
    table_add(table, ends ? clock_iso(session->ends_at * 1000, iso) : NULL);
    table_add(table, !found && *why->text ? why->text : NULL);
}

static int judge_request(
    struct admin *admin, const struct secrets *secrets, const struct credentials *credentials)
{
    const struct source_context context = {
        &admin->config, secrets, admin->clock, SESSION_STORE_BUSY_TIMEOUT};
    struct reason why;
    struct sources *sources = sources_open(&context, &why);

    if (!sources)
        return admin_refuse(admin, "%s", why.text);
    struct table *table = table_new(columns, sizeof columns / sizeof *columns);
    bool found = sources_judge(sources, credentials, tell_verdict, table);
    if (admin->json)
        table_print_json(table, admin->out);
    else
        table_print(table, admin->out);
    table_free(table);
    sources_close(sources);
    return found ? ADMIN_DONE : ADMIN_REFUSED;
}

static int check_header(struct admin *admin, const char *header, bool https)
{
    static const char name[] = "Cookie:";
    struct secrets secrets;
    struct credentials credentials;
    struct reason why;

    if (strncasecmp(header, name, strlen(name)) == 0)
        header += strlen(name);
    if (secrets_load(&secrets, &admin->config, &why) < 0)
        return admin_misuse(admin, "%s", why.text);
    header += strspn(header, " ");
    int status = credentials_of_cookie(&credentials, header, https, &why) < 0
                     ? admin_refuse(admin, "%s", why.text)
                     : judge_request(admin, &secrets, &credentials);
    secrets_release(&secrets);
    return status;
}

static int session_check_run(struct admin *admin, const struct arguments *arguments)
{
    struct lines *lines = lines_new(fileno(admin->in), HEADER_MAX);
    const char *line;
    size_t len;
    int status;

    if (lines_next(lines, &line, &len) <= 0 || !line) {
        status = admin_refuse(admin, "there is no Cookie header on standard input");
    } else {
        char *header = mem_strndup(line, len - (len > 0 && line[len - 1] == '\r'));

        status = check_header(admin, header, arguments_value(arguments, "--https") != NULL);
        mem_wipe(header, strlen(header));
        free(header);
    }
    lines_free(lines);
    return status;
}

static const struct command_option session_check_options[] = {
    {"--https", NULL, "as if the request came over HTTPS"},
    {NULL, NULL, NULL},
};

const struct command session_check_command = {
    .name = "session check",
    .summary = "Say why a Cookie header is or is not a session",
    .options = session_check_options,
    .more =
        "It reads the header from standard input, as the browser's developer tools show it, and\n"
        "tries the session sources of belfry-auth in order. The exit status is 1 if none finds a\n"
        "session.\n\n"
        "    echo 'Cookie: authjs.session-token=…' | belfry session check",
    .run = session_check_run,
};
