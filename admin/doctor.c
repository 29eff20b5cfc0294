#include "admin/doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/memory.h"
#include "common/secret.h"

/* Who gets the notification, unless --user names somebody. */
#define TEST_USER "belfry-doctor"
#define WORDS_MAX 8192
#define COOKIE_MAX 16384

static const struct doctor_check {
    const char *name;
    bool of_site; /* needs --url */
    void (*run)(struct doctor *doctor);
} checks[] = {
    {"configuration", false, doctor_configuration},
    {"secrets", false, doctor_secrets},
    {"files", false, doctor_layout},
    {"database", false, doctor_database},
    {"database rights", false, doctor_rights},
    {"free space", false, doctor_space},
    {"gateway", false, doctor_gateway},
    {"descriptors", false, doctor_descriptors},
    {"belfry-auth", false, doctor_auth},
    {"site: token", true, doctor_site_token},
    {"site: upgrade", true, doctor_site_upgrade},
    {"site: heartbeat", true, doctor_site_heartbeat},
    {"site: polling", true, doctor_site_polling},
    {"site: origin", true, doctor_site_origin},
    {"notification", false, doctor_notification},
    {"site: clock", true, doctor_site_clock},
};

/* ---- findings ---- */

static void print_escaped(FILE *out, const char *before, const char *text)
{
    struct buf shown;

    buf_init(&shown, 4 * WORDS_MAX);
    buf_add_escaped(&shown, text, strlen(text));
    fprintf(out, "%s%s\n", before, shown.data);
    buf_release(&shown);
}

/* Text that need not be UTF-8. */
static json_t *json_of(const char *text)
{
    struct buf quoted;

    buf_init(&quoted, 8 * WORDS_MAX);
    buf_add_json_string(&quoted, text, strlen(text));
    json_t *string = json_loadb(quoted.data, quoted.len, JSON_DECODE_ANY, NULL);
    buf_release(&quoted);
    return string;
}

static void report(struct doctor *doctor, const char *what, const char *todo)
{
    const struct admin *admin = doctor->admin;
    char before[64];

    json_array_append_new(
        doctor->findings, json_pack("{s:s, s:b, s:o, s:s?}", "check", doctor->check, "ok",
                              todo == NULL, "what", json_of(what), "todo", todo));
    if (admin->json)
        return;
    snprintf(before, sizeof before, "%-4s  %-15s  ", todo ? "TODO" : "ok", doctor->check);
    print_escaped(admin->out, before, what);
    if (todo)
        print_escaped(admin->out, "                       ", todo);
    fflush(admin->out);
}

/* What a server answered may be anything, and a finding is text. */
static void report_words(struct doctor *doctor, const char *todo, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void report_words(struct doctor *doctor, const char *todo, const char *format, va_list args)
{
    struct reason what;
    struct buf text;

    buf_init(&text, WORDS_MAX);
    buf_vaddf(&text, format, args);
    reason_set(&what, "%s", text.data);
    buf_release(&text);
    doctor->has_fault |= todo != NULL;
    report(doctor, what.text, todo);
}

void doctor_well(struct doctor *doctor, const char *what, ...)
{
    va_list args;

    va_start(args, what);
    report_words(doctor, NULL, what, args);
    va_end(args);
}

void doctor_fault(struct doctor *doctor, const char *todo, const char *what, ...)
{
    va_list args;

    va_start(args, what);
    report_words(doctor, todo, what, args);
    va_end(args);
}

/* ---- the command ---- */

static void run_checks(struct doctor *doctor)
{
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        doctor->check = checks[i].name;
        if (doctor->url || !checks[i].of_site)
            checks[i].run(doctor);
    }
}

/* One array: it is one answer. */
static int print_findings(const struct doctor *doctor)
{
    const struct admin *admin = doctor->admin;
    char *text = admin->json ? json_dumps(doctor->findings, JSON_INDENT(1)) : NULL;

    if (text)
        fprintf(admin->out, "%s\n", text);
    else
        fprintf(
            admin->out, "%s\n", doctor->has_fault ? "There is something to do." : "All is well.");
    free(text);
    return doctor->has_fault ? ADMIN_REFUSED : ADMIN_DONE;
}

/* Takes the cookies of "name=value; …" or "Cookie: name=value". 0, or -1 with the reason. */
static int take_cookie(
    struct doctor *doctor, const char *path, const char *line, struct reason *why)
{
    static const char name[] = "Cookie:";

    if (strncasecmp(line, name, strlen(name)) == 0)
        line += strlen(name);
    line += strspn(line, " \t");
    if (!*line)
        return reason_set(why, "%s: has no cookie in its first line", path);
    doctor->cookie = mem_strdup(line);
    return 0;
}

static int read_cookie(struct doctor *doctor, const char *path, struct reason *why)
{
    char *text = mem_zalloc(COOKIE_MAX);

    FILE *file = fopen(path, "re");
    size_t len = file ? fread(text, 1, COOKIE_MAX - 1, file) : 0;
    size_t line = strcspn(text, "\r\n");
    int result;

    if (!file || ferror(file)) {
        result = reason_set(why, "%s: %s", path, strerror(errno));
    } else if (len == COOKIE_MAX - 1 && line == len) {
        result = reason_set(why, "%s: has %d bytes or more in its first line", path, COOKIE_MAX);
    } else {
        text[line] = '\0';
        result = take_cookie(doctor, path, text, why);
    }
    if (file)
        fclose(file);
    mem_wipe(text, COOKIE_MAX);
    free(text);
    return result;
}

/* No browser sends what is named like that without encryption. */
static bool is_for_https(const char *cookie)
{
    return strstr(cookie, "__Secure-") || strstr(cookie, "__Host-");
}

static int read_options(
    struct doctor *doctor, const struct arguments *arguments, struct reason *why)
{
    const char *user = arguments_value(arguments, "--user");
    const char *file = arguments_value(arguments, "--cookie-file");

    doctor->user = user ? user : TEST_USER;
    doctor->url = arguments_value(arguments, "--url");
    if (file && !doctor->url)
        return reason_set(why, "--cookie-file: is for the site, so give its --url, too");
    if (doctor->url && wire_target_from_url(&doctor->site, doctor->url, why) < 0)
        return -1;
    if (file && read_cookie(doctor, file, why) < 0)
        return -1;
    if (file && !doctor->site.tls && is_for_https(doctor->cookie))
        return reason_set(why, "--cookie-file: this cookie is for https://, so give such a --url");
    return 0;
}

static int doctor_run(struct admin *admin, const struct arguments *arguments)
{
    struct doctor doctor = {.admin = admin, .findings = json_array()};
    struct reason why;
    int status;

    if (read_options(&doctor, arguments, &why) < 0) {
        status = admin_misuse(admin, "%s", why.text);
    } else {
        run_checks(&doctor);
        status = print_findings(&doctor);
    }
    if (doctor.cookie)
        mem_wipe(doctor.cookie, strlen(doctor.cookie));
    free(doctor.cookie);
    wire_target_release(&doctor.site);
    json_decref(doctor.findings);
    return status;
}

/* The first check fails, and the others need what it did not find. */
static int doctor_without_config(struct admin *admin, const struct reason *why)
{
    struct doctor doctor = {.admin = admin, .findings = json_array(), .check = checks[0].name};

    doctor_fault(&doctor, "mend that in the configuration: belfry.conf(5) has every setting", "%s",
        why->text);
    int status = print_findings(&doctor);
    json_decref(doctor.findings);
    return status;
}

static const struct command_option doctor_options[] = {
    {"--url", "URL", "the site, like https://shop.example: asks through its web server, too"},
    {"--user", "USER", "who is sent a notification; default " TEST_USER},
    {"--cookie-file", "FILE", "a Cookie header of a login: asks the site for a token with it"},
    {NULL, NULL, NULL},
};

const struct command doctor_command = {
    .name = "doctor",
    .summary = "Look for what goes wrong, and say what to do",
    .options = doctor_options,
    .more =
        "Each check says `ok`, or TODO with a sentence; with --json all of it is one array. The\n"
        "exit status is 1 if there is something to do. What waits for USER is delivered to the\n"
        "check, so name a test user.\n\n"
        "    sudo belfry doctor --url https://shop.example",
    .run = doctor_run,
    .without_config = doctor_without_config,
};
