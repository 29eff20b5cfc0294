#include "admin/broadcast.h"

#include <inttypes.h>
#include <string.h>

#include "admin/known.h"
#include "admin/publish.h"
#include "admin/running.h"

static void print_id(const struct admin *admin, int64_t id)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRId64, id);
    if (admin->json)
        admin_print_json(admin, json_pack("{s:s}", "id", text));
    else
        fprintf(admin->out, "%s\n", text);
}

/* Without an expiry time, only those get it who are connected when the gateway finds it. */
static void warn_if_nobody_hears(const struct admin *admin, struct sql *queue)
{
    if (!running_is_alive(queue))
        admin_say(admin, "no gateway is running: unless one starts within a minute, nobody gets "
                         "this (with --expires TIME, whoever connects before then would)");
}

static int write_row(struct admin *admin, struct sql *queue, const struct publication_row *row)
{
    struct reason why;
    struct publisher *publisher = publish_open(admin, queue, &why);
    int64_t id;
    bool written = publisher && publisher_write(publisher, row, &id, &why) == PUBLISHER_WRITTEN;

    publisher_free(publisher);
    if (!written)
        return admin_refuse(admin, "%s", why.text);
    print_id(admin, id);
    return ADMIN_DONE;
}

/* An event or topic that is not UTF-8 counts as refused by the database, as wrong lengths do. */
static int broadcast_refuse(const struct admin *admin, const struct publication_error *error)
{
    const char *data = publication_field_name(PUBLICATION_BROADCAST, BROADCAST_DATA);

    if (error->fault == PUBLICATION_NOT_TEXT && strcmp(error->field, data) != 0)
        return admin_refuse(admin, "%s", error->why.text);
    return publish_refuse(admin, error);
}

static int broadcast_run(struct admin *admin, const struct arguments *arguments)
{
    const char *topic = arguments_value(arguments, "--topic");
    struct publication broadcast = {
        .kind = PUBLICATION_BROADCAST,
        .fields = {[BROADCAST_TOPIC] = topic ? topic : "*",
            [BROADCAST_EVENT] = arguments->operands[0],
            [BROADCAST_DATA] = arguments->operands[1],
            [BROADCAST_EXPIRES] = arguments_value(arguments, "--expires")},
    };
    struct publication_error error;
    struct publication_row row;
    char expires[CLOCK_ISO_SIZE];
    struct reason why;
    struct sql *queue;

    if (publish_read_time(admin, &broadcast.fields[BROADCAST_EXPIRES], "--expires", expires, &why) <
        0)
        return admin_misuse(admin, "%s", why.text);
    if (publication_check(&broadcast, clock_wall_ms(admin->clock), &row, &error) < 0)
        return broadcast_refuse(admin, &error);
    if (admin_open_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    int status = write_row(admin, queue, &row);
    if (status == ADMIN_DONE && topic)
        known_warn_of_topic(admin, queue, topic);
    if (status == ADMIN_DONE && !row.values[BROADCAST_EXPIRES])
        warn_if_nobody_hears(admin, queue);
    sql_close(&queue);
    return status;
}

static const struct command_option broadcast_options[] = {
    {"--topic", "TOPIC", "only to subscribers of role:ROLE, public:NAME, conversation:ID, …"},
    {"--expires", "TIME", "also to users who connect before then, like +2h"},
    {NULL, NULL, NULL},
};

const struct command broadcast_command = {
    .name = "broadcast",
    .operands = "EVENT [DATA]",
    .operands_min = 1,
    .operands_max = 2,
    .summary = "Send an event of any name to everybody, or to a topic",
    .options = broadcast_options,
    .more =
        "DATA is JSON. It is sent once, to those who are connected; with --expires, also to those\n"
        "who connect before then.\n\n"
        "    belfry broadcast system:maintenance \\\n"
        "        '{\"enabled\": true, \"message\": \"Back at ten\"}' --expires +2h\n"
        "    belfry broadcast prices:changed --topic role:dealer",
    .run = broadcast_run,
};
