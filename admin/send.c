#include "admin/send.h"

#include <inttypes.h>
#include <string.h>

#include "admin/known.h"
#include "admin/publish.h"
#include "admin/send_lines.h"

/* So that the number of a line fits behind it, in a key. */
#define PREFIX_MAX 200

/* What the command line asks for. */
struct order {
    struct publication given;
    const char *prefix;         /* of keys, with --stdin */
    struct publication_row row; /* checked; not used with --stdin */
    char after[CLOCK_ISO_SIZE], expires[CLOCK_ISO_SIZE];
};

static void print_id(struct admin *admin, int64_t id, bool repeated)
{
    if (!admin->json) {
        fprintf(admin->out, "%" PRId64 "\n", id);
        return;
    }
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, id);
    admin_print_json(admin, json_pack("{s:s, s:b}", "id", text, "repeated", repeated));
}

static int send_one(struct admin *admin, struct sql *queue, struct publisher *publisher,
    const struct publication_row *row)
{
    struct reason why;
    int64_t id;
    enum publisher_result result = publisher_write(publisher, row, &id, &why);

    if (result != PUBLISHER_WRITTEN && result != PUBLISHER_REPEATED)
        return admin_refuse(admin, "%s", why.text);
    print_id(admin, id, result == PUBLISHER_REPEATED);
    if (result == PUBLISHER_REPEATED)
        admin_say(admin, "it was sent before, with the same key");
    known_warn_of_user(admin, queue, row->values[NOTIFICATION_USER]);
    return ADMIN_DONE;
}

/* Takes the options, which are named like the fields; USER and TITLE fill in what no option gave.
 */
static int take_fields(const struct arguments *arguments, const char **fields, struct reason *why)
{
    static const int order[] = {NOTIFICATION_USER, NOTIFICATION_TITLE};
    size_t taken = 0;

    for (int i = 0; i < NOTIFICATION_FIELDS; i++) {
        char option[32];
        snprintf(
            option, sizeof option, "--%s", publication_field_name(PUBLICATION_NOTIFICATION, i));
        fields[i] = arguments_value(arguments, option);
    }
    for (size_t i = 0; i < 2 && taken < arguments->operand_count; i++)
        if (!fields[order[i]])
            fields[order[i]] = arguments->operands[taken++];
    if (taken < arguments->operand_count)
        return reason_set(why,
            "`belfry send` has no use for %s: user and title are given by options",
            arguments->operands[taken]);
    return 0;
}

/* Reads everything on the command line before anything is opened. Returns 0, or -1 with the reason.
 */
static int read_command_line(const struct admin *admin, const struct arguments *arguments,
    bool lines, struct order *order, struct reason *why)
{
    const char **fields = order->given.fields;

    *order = (struct order){.given.kind = PUBLICATION_NOTIFICATION};
    if (lines && arguments->operand_count > 0)
        return reason_set(why, "with --stdin all lines say whom and what: %s is too much",
            arguments->operands[0]);
    if (take_fields(arguments, fields, why) < 0)
        return -1;
    order->prefix = arguments_value(arguments, "--key-prefix");
    if (order->prefix && (!lines || fields[NOTIFICATION_KEY]))
        return reason_set(why, "--key-prefix is for --stdin, without --key");
    if (order->prefix && (!*order->prefix || strlen(order->prefix) > PREFIX_MAX))
        return reason_set(why, "--key-prefix: 1 to %d bytes", PREFIX_MAX);
    if (!lines && (!fields[NOTIFICATION_USER] || !fields[NOTIFICATION_TITLE]))
        return reason_set(why, "`belfry send` needs USER and TITLE, or --stdin");
    if (publish_read_time(admin, &fields[NOTIFICATION_AFTER], "--after", order->after, why) < 0)
        return -1;
    return publish_read_time(
        admin, &fields[NOTIFICATION_EXPIRES], "--expires", order->expires, why);
}

static int send_run(struct admin *admin, const struct arguments *arguments)
{
    bool lines = arguments_value(arguments, "--stdin") != NULL;
    struct order order;
    struct publication_error error;
    struct reason why;
    struct sql *queue;

    if (read_command_line(admin, arguments, lines, &order, &why) < 0)
        return admin_misuse(admin, "%s", why.text);
    if (!lines &&
        publication_check(&order.given, clock_wall_ms(admin->clock), &order.row, &error) < 0)
        return publish_refuse(admin, &error);
    if (admin_open_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    struct publisher *publisher = publish_open(admin, queue, &why);
    int status;
    if (!publisher)
        status = admin_refuse(admin, "%s", why.text);
    else if (lines)
        status = send_lines(admin, queue, publisher, &order.given, order.prefix);
    else
        status = send_one(admin, queue, publisher, &order.row);
    publisher_free(publisher);
    sql_close(&queue);
    return status;
}

static const struct command_option send_options[] = {
    {"--user", "USER", "who gets it: their id in your application, the \"sub\" of their token"},
    {"--title", "TEXT", "the title"},
    {"--body", "TEXT", "the text below the title"},
    {"--type", "TYPE", "notification, message, alert, system, or your own; default system"},
    {"--priority", "PRIORITY", "low, normal, high or urgent; default normal"},
    {"--data", "JSON", "a JSON object for your own code in the browser"},
    {"--after", "TIME", "not before 2026-11-22T19:19:00Z, or +10m from now (s, m, h, d)"},
    {"--expires", "TIME", "not after this time: what is undelivered by then expires"},
    {"--key", "KEY", "send it once, however often this is run with the same key"},
    {"--stdin", NULL, "send each line of standard input, a JSON object with these members"},
    {"--key-prefix", "NAME", "gives each line without \"key\" one: NAME and the line's number"},
    {NULL, NULL, NULL},
};

const struct command send_command = {
    .name = "send",
    .operands = "[USER TITLE]",
    .operands_max = 2,
    .summary = "Send a notification, or many from standard input",
    .options = send_options,
    .more =
        "    belfry send alice 'Hello, Alice'\n\n"
        "It prints the notification's id. The same from a program, here in PHP:\n\n"
        "    $db = new PDO('sqlite:/var/lib/belfry/queue/belfry.db');\n"
        "    $db->prepare('INSERT INTO notifications (user_id, title) VALUES (?, ?)')\n"
        "       ->execute(['alice', 'Hello, Alice']);\n\n"
        "Many at once, a thousand per transaction. An option applies to lines without that "
        "member:\n\n"
        "    belfry send --stdin --type alert <<'END'\n"
        "    {\"user\": \"alice\", \"title\": \"Hello\", \"data\": {\"url\": \"/inbox\"}}\n"
        "    {\"user\": \"bob\", \"title\": \"Hello\", \"after\": \"+10m\", \"key\": "
        "\"hello-bob\"}\n"
        "    END\n\n"
        "Read again after an interruption, lines with a key are not sent twice:\n\n"
        "    belfry send --stdin --key-prefix sale-2026-11- < million.jsonl\n\n"
        "A bad line is reported by its number and the others are sent; the exit status is then "
        "1.\n\n"
        "A time without a zone is this machine's local time. In lines of --stdin, which programs\n"
        "write, it is UTC, as in the table. belfry prints which it took.",
    .run = send_run,
};
