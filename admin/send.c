#include "admin/send.h"

#include <inttypes.h>
#include <string.h>

#include "admin/known.h"
#include "admin/publish.h"
#include "admin/send_lines.h"

/* What the command line asks for. */
struct order {
    struct publication given;
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
    if (!lines && (!fields[NOTIFICATION_USER] || !fields[NOTIFICATION_TITLE]))
        return reason_set(why, "`belfry send` needs USER and TITLE, or --stdin");
    if (publish_read_time(admin, &fields[NOTIFICATION_AFTER], "--after", order->after, why) < 0)
        return -1;
    return publish_read_time(
        admin, &fields[NOTIFICATION_EXPIRES], "--expires", order->expires, why);
}

int send_run(struct admin *admin, const struct arguments *arguments)
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
        status = send_lines(admin, queue, publisher, &order.given);
    else
        status = send_one(admin, queue, publisher, &order.row);
    publisher_free(publisher);
    sql_close(&queue);
    return status;
}
