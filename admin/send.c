#include "admin/send.h"

#include <inttypes.h>
#include <string.h>

#include "admin/known.h"
#include "admin/notification.h"
#include "admin/send_lines.h"
#include "common/database.h"
#include "common/moment.h"

/* --user and so on, as fields. */
static void take_options(const struct arguments *arguments, struct notification *notification)
{
    for (int i = 0; i < NOTIFICATION_FIELDS; i++) {
        char option[32];
        snprintf(option, sizeof option, "--%s", notification_field_name(i));
        notification->fields[i] = arguments_value(arguments, option);
    }
}

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

static int send_one(struct admin *admin, sqlite3 *db, struct notification_writer *writer,
    const struct notification *notification)
{
    struct reason why;
    int64_t id;
    enum notification_result result =
        notification_write(writer, notification, clock_wall_ms(admin->clock), &id, &why);

    if (result != NOTIFICATION_SENT && result != NOTIFICATION_REPEATED)
        return admin_refuse(admin, "%s", why.text);
    print_id(admin, id, result == NOTIFICATION_REPEATED);
    if (result == NOTIFICATION_REPEATED)
        admin_say(admin, "it was there already, with this key");
    known_warn_of_user(admin, db, notification->fields[NOTIFICATION_USER]);
    return ADMIN_DONE;
}

/* `send USER TITLE`: words stand for what no option gives, in this order. */
static int take_operands(
    const struct arguments *arguments, struct notification *notification, struct reason *why)
{
    static const int order[] = {NOTIFICATION_USER, NOTIFICATION_TITLE};
    size_t taken = 0;

    for (size_t i = 0; i < 2 && taken < arguments->operand_count; i++)
        if (!notification->fields[order[i]])
            notification->fields[order[i]] = arguments->operands[taken++];
    if (taken < arguments->operand_count)
        return reason_set(why,
            "`belfry send` has no use for %s: user and title are given by options",
            arguments->operands[taken]);
    return 0;
}

struct times {
    char after[CLOCK_ISO_SIZE], expires[CLOCK_ISO_SIZE];
};

static int read_time(const struct admin *admin, const char **field, const char *option, char *iso,
    struct reason *why)
{
    if (!*field)
        return 0;
    if (moment_read_local(*field, clock_wall_ms(admin->clock), iso, why) < 0)
        return reason_prefix(why, "%s: ", option);
    if (moment_lacks_zone(*field))
        admin_say(admin, "%s %s has no zone: taken as the local time of this machine, %s", option,
            *field, iso);
    *field = iso;
    return 0;
}

/* All that the command line says, looked at before anything is opened. */
static int read_command_line(const struct admin *admin, const struct arguments *arguments,
    struct notification *notification, struct times *times, struct reason *why)
{
    bool lines = arguments_value(arguments, "--stdin") != NULL;
    const char **fields = notification->fields;

    take_options(arguments, notification);
    if (lines && arguments->operand_count > 0)
        return reason_set(why, "with --stdin all lines say whom and what: %s is too much",
            arguments->operands[0]);
    if (take_operands(arguments, notification, why) < 0)
        return -1;
    if (!lines && (!fields[NOTIFICATION_USER] || !fields[NOTIFICATION_TITLE]))
        return reason_set(why, "`belfry send` needs USER and TITLE, or --stdin");
    if (read_time(admin, &fields[NOTIFICATION_AFTER], "--after", times->after, why) < 0 ||
        read_time(admin, &fields[NOTIFICATION_EXPIRES], "--expires", times->expires, why) < 0)
        return -1;
    return lines ? 0 : notification_check(notification, why);
}

int send_run(struct admin *admin, const struct arguments *arguments)
{
    struct notification notification;
    struct times times;
    struct reason why;
    sqlite3 *db;

    if (read_command_line(admin, arguments, &notification, &times, &why) < 0)
        return admin_misuse(admin, "%s", why.text);
    if (admin_open_queue(admin, &db) < 0)
        return ADMIN_REFUSED;
    struct notification_writer *writer = notification_writer_new(db, &why);
    int status;
    if (!writer)
        status = admin_refuse(admin, "%s", why.text);
    else if (arguments_value(arguments, "--stdin"))
        status = send_lines(admin, db, writer, &notification);
    else
        status = send_one(admin, db, writer, &notification);
    notification_writer_free(writer);
    database_close(&db);
    return status;
}
