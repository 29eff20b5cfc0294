#include "admin/send.h"

#include <inttypes.h>
#include <string.h>

#include "admin/notification.h"
#include "admin/send_lines.h"
#include "common/database.h"

/* --user and so on, as fields. */
static void take_options(const struct arguments *arguments, struct notification *notification)
{
    for (int i = 0; i < NOTIFICATION_FIELDS; i++) {
        char option[32];
        snprintf(option, sizeof option, "--%s", notification_field_name(i));
        notification->fields[i] = arguments_value(arguments, option);
    }
}

static void warn_if_unknown(
    struct admin *admin, struct notification_writer *writer, const char *user)
{
    if (!notification_user_known(writer, user))
        admin_say(admin,
            "nobody has ever connected as '%s': is that the id your tokens have as \"sub\"?", user);
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

static int send_one(struct admin *admin, struct notification_writer *writer,
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
    warn_if_unknown(admin, writer, notification->fields[NOTIFICATION_USER]);
    return ADMIN_DONE;
}

int send_run(struct admin *admin, const struct arguments *arguments)
{
    struct notification notification;
    struct reason why;
    sqlite3 *db;
    bool lines = arguments_value(arguments, "--stdin") != NULL;
    take_options(arguments, &notification);
    if (!lines &&
        (!notification.fields[NOTIFICATION_USER] || !notification.fields[NOTIFICATION_TITLE]))
        return admin_misuse(admin, "`belfry send` needs --user and --title, or --stdin");
    if (admin_open_queue(admin, &db) < 0)
        return ADMIN_REFUSED;
    struct notification_writer *writer = notification_writer_new(db, &why);
    int status;
    if (!writer)
        status = admin_refuse(admin, "%s", why.text);
    else if (lines)
        status = send_lines(admin, db, writer, &notification);
    else
        status = send_one(admin, writer, &notification);
    notification_writer_free(writer);
    database_close(&db);
    return status;
}
