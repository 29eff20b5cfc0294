#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include "bench/load/dialect.h"
#include "bench/load/options.h"
#include "bench/load/stamp.h"

enum kind { TEXT, WHOLE, DECIMAL, FLAG };

static const struct option {
    const char *name;
    enum kind kind;
    size_t offset;
    const char *help;
} table[] = {
#define AT(member) offsetof(struct options, member)
    {"dialect", TEXT, AT(dialect_name), "what the server speaks"},
    {"url", TEXT, AT(url), "ws://ADDRESS:PORT[/PATH]"},
    {"token-file", TEXT, AT(token_file), "the secret that tokens are signed with"},
    {"database", TEXT, AT(database), "Belfry's queue, into which is published"},
    {"publish-path", TEXT, AT(publish_path), "nchan: where to publish (/pub/)"},
    {"users", TEXT, AT(users), "what users are called before their number (user-)"},
    {"first", WHOLE, AT(first), "the number of the first user (0)"},
    {"connections", WHOLE, AT(connections), "how many (1)"},
    {"width", WHOLE, AT(width), "how many connect at the same time (100)"},
    {"topics", WHOLE, AT(topics), "fanout, connect, idle: topics that each connection joins (1)"},
    {"outstanding", WHOLE, AT(outstanding),
        "closed loop: how many are under way (16); 0: no limit"},
    {"rate", DECIMAL, AT(rate), "open loop: how many a second, Poisson"},
    {"batch", WHOLE, AT(batch), "rows a commit (1)"},
    {"publishers", WHOLE, AT(publishers), "threads that publish into the database (1)"},
    {"publisher-id", WHOLE, AT(publisher_id), "the number of the first publisher (0)"},
    {"pending", WHOLE, AT(pending), "comeback: rows that wait for the user (100000)"},
    {"size", WHOLE, AT(size), "bytes of the payload (256)"},
    {"qos", WHOLE, AT(qos), "mqtt: 0 or 1 (0)"},
    {"seconds", DECIMAL, AT(seconds), "how long is measured (5)"},
    {"warm", DECIMAL, AT(warm), "how long the same is done before (0)"},
    {"settle", DECIMAL, AT(settle), "wait behind the last delivery (0.2)"},
    {"patience", DECIMAL, AT(patience), "the longest wait for what is missing (10)"},
    {"acknowledge", FLAG, AT(acknowledge), "Belfry: the client confirms, not its WebSocket"},
    {"pid", TEXT, AT(pids), "processes whose processor time is measured: 17,18"},
    {"step", FLAG, AT(step), "wait for a line on standard input at each phase"},
#undef AT
};

static const struct options defaults = {
    .users = "user-",
    .publish_path = "/pub/",
    .connections = 1,
    .topics = 1,
    .outstanding = 16,
    .width = 100,
    .batch = 1,
    .publishers = 1,
    .size = 256,
    .pending = 100000,
    .seconds = 5,
    .settle = 0.2,
    .patience = 10,
};

static const char intro[] =
    "Usage: load MODE --dialect DIALECT --url URL [OPTION…]\n\n"
    "Modes:\n"
    "  connect   connects, with token and topics, and measures that\n"
    "  idle      connects, and holds the connections until standard input has a line or ends\n"
    "  fanout    publishes to topics that every connection has joined\n"
    "  rows      publishes to one connection's user at a time, in turn\n"
    "  echo      each connection sends an event and waits for the reply\n"
    "  chat      a connection sends messages to a conversation that all are members of\n"
    "  comeback  a user comes back to pending rows while others get theirs (as rows)\n\n"
    "Dialects: belfry-socketio, belfry-plain, belfry-polling, belfry-events, socketio,\n"
    "websocket, nats, mqtt, nchan\n\n"
    "Phases, each told on standard error: connect, idle, warm, measure, drain, end. Prints\n"
    "one JSON object on standard output. Exit status 1: a delivery was lost, doubled, out of\n"
    "order or not for its receiver, a connection was lost, or the run could not begin; 2: the\n"
    "command line is wrong.\n\n";

void options_help(void)
{
    fputs(intro, stdout);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        printf("  --%-13s %s\n", table[i].name, table[i].help);
}

static const struct option *option_find(const char *name)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}

static int option_set(
    struct options *options, const struct option *option, const char *value, struct reason *why)
{
    void *member = (char *)options + option->offset;
    char *end = NULL;
    double number;

    if (option->kind == TEXT) {
        *(const char **)member = value;
        return 0;
    }
    number = strtod(value, &end);
    if (end == value || *end != '\0' || !(number >= 0) || number > UINT32_MAX ||
        (option->kind == WHOLE && number != floor(number)))
        return reason_set(why, "--%s: '%s' is no such number", option->name, value);
    if (option->kind == DECIMAL)
        *(double *)member = number;
    else
        *(uint32_t *)member = (uint32_t)number;
    return 0;
}

static int options_read(struct options *options, int argc, char **argv, struct reason *why)
{
    for (int i = 2; i < argc; i++) {
        const struct option *option =
            strncmp(argv[i], "--", 2) == 0 ? option_find(argv[i] + 2) : NULL;

        if (!option)
            return reason_set(why, "unknown option '%s'; --help lists them", argv[i]);
        if (option->kind == FLAG)
            *(bool *)((char *)options + option->offset) = true;
        else if (++i == argc)
            return reason_set(why, "--%s takes a value", option->name);
        else if (option_set(options, option, argv[i], why))
            return -1;
    }
    return 0;
}

/* ws://127.0.0.1:8080/path */
static int url_parse(struct options *options, struct reason *why)
{
    const char *rest = options->url, *colon;
    char host[sizeof(options->authority)], *end = NULL;
    long port = 80;
    size_t len;

    if (strncmp(rest, "ws://", 5) == 0 || strncmp(rest, "http://", 7) == 0)
        rest = strchr(rest, '/') + 2;
    len = strcspn(rest, "/");
    options->path = rest + len;
    if (len >= sizeof(host))
        return reason_set(why, "--url: the host is too long");
    memcpy(options->authority, rest, len);
    memcpy(host, rest, len);
    host[len] = options->authority[len] = '\0';
    colon = strchr(host, ':');
    host[strcspn(host, ":")] = '\0';
    options->target.sin_family = AF_INET;
    if (inet_pton(AF_INET, host, &options->target.sin_addr) != 1)
        return reason_set(why, "--url: '%s' is no IPv4 address", host);
    if (colon)
        port = strtol(colon + 1, &end, 10);
    if ((end && *end) || port < 1 || port > UINT16_MAX)
        return reason_set(why, "--url: the port is from 1 to 65535");
    options->target.sin_port = htons((uint16_t)port);
    return 0;
}

/* What a run allocates grows with these, so that they are bounded. */
static int ranges_check(const struct options *options, struct reason *why)
{
    const struct {
        const char *name;
        uint32_t value, least, most;
    } ranges[] = {
        {"connections", options->connections, 1, 100000},
        {"topics", options->topics, 0, 100000},
        {"outstanding", options->outstanding, 0, 1000000},
        {"width", options->width, 1, UINT32_MAX},
        {"batch", options->batch, 1, UINT32_MAX},
        {"publishers", options->publishers, 1, 64},
        {"qos", options->qos, 0, 1},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (ranges[i].value < ranges[i].least || ranges[i].value > ranges[i].most)
            return reason_set(why, "--%s is from %" PRIu32 " to %" PRIu32, ranges[i].name,
                ranges[i].least, ranges[i].most);
    }
    return 0;
}

static int options_check(const struct options *options, struct reason *why)
{
    if (!options->dialect_name || !options->url)
        return reason_set(why, "--dialect and --url are needed; --help lists the rest");
    if (!options->dialect)
        return reason_set(why, "--dialect: there is no '%s'", options->dialect_name);
    if (options->size < PAYLOAD_MIN || options->size > 32768)
        return reason_set(why, "--size is from %d to 32768", PAYLOAD_MIN);
    if (options->dialect->topics_in_path > 0 && options->topics > options->dialect->topics_in_path)
        return reason_set(why, "--topics: in this dialect at most %u are joined",
            options->dialect->topics_in_path);
    if (options->dialect->stored && !options->token_file)
        return reason_set(why, "--token-file is needed: Belfry asks each connection for a token");
    return ranges_check(options, why);
}

int options_parse(struct options *options, int argc, char **argv, struct reason *why)
{
    *options = defaults;
    if (argc < 2)
        return reason_set(why, "no mode given; --help lists them");
    options->mode = argv[1];
    if (options_read(options, argc, argv, why))
        return -1;
    if (options->dialect_name)
        options->dialect = dialect_find(options->dialect_name);
    if (options_check(options, why))
        return -1;
    return url_parse(options, why);
}
