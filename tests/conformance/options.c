#include "tests/conformance/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: echo_server [OPTION…]\n"
    "\n"
    "Serves echoes by Belfry's protocol stack, for conformance suites, on 127.0.0.1 and,\n"
    "where a port is given, ::1. Says on standard error where, and ends on SIGTERM.\n"
    "\n"
    "  --port N             port; 0, the default, takes any that is free\n"
    "  --ping-interval MS   time between heartbeats (300)\n"
    "  --ping-timeout MS    time to answer one (200)\n"
    "  --connect-timeout MS time to connect to a namespace (1000)\n"
    "  --max-payload BYTES  largest message of Engine.IO and Socket.IO (1000000)\n"
    "  --help               print this text\n"
    "\n"
    "  /echo        WebSocket: every message comes back\n"
    "  /engine.io/  Engine.IO: every message comes back\n"
    "  /socket.io/  Socket.IO, namespaces / and /custom: message comes back as message-back,\n"
    "               message-with-ack as its acknowledgement; auth says what came with CONNECT\n"
    "  /ws          the plain framing: the same\n";

enum { HELP = 'h', NUMBER = 'n' };

static const struct option known[] = {
    {"port", required_argument, NULL, NUMBER},
    {"ping-interval", required_argument, NULL, NUMBER},
    {"ping-timeout", required_argument, NULL, NUMBER},
    {"connect-timeout", required_argument, NULL, NUMBER},
    {"max-payload", required_argument, NULL, NUMBER},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

/* In the order of `known`. */
static const struct {
    int64_t min, max;
} bounds[] = {
    {0, 65535},
    {1, 3600000},
    {1, 3600000},
    {1, 3600000},
    {1, 256 * 1024 * 1024},
};

static void read_number(int64_t *number, int index, const char *text)
{
    char *end;

    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && value >= bounds[index].min &&
        value <= bounds[index].max) {
        *number = value;
        return;
    }
    fprintf(stderr, "echo_server: --%s \"%s\": give a whole number from %lld to %lld\n",
        known[index].name, text, (long long)bounds[index].min, (long long)bounds[index].max);
    exit(2);
}

struct options options_read(int argc, char **argv)
{
    struct options options = {.ping_interval_ms = 300,
        .ping_timeout_ms = 200,
        .connect_timeout_ms = 1000,
        .max_payload = 1000000};
    int64_t *const numbers[] = {&options.port, &options.ping_interval_ms, &options.ping_timeout_ms,
        &options.connect_timeout_ms, &options.max_payload};
    int option, index = 0;

    while ((option = getopt_long(argc, argv, "", known, &index)) != -1) {
        if (option == NUMBER) {
            read_number(numbers[index], index, optarg);
            continue;
        }
        fputs(usage, option == HELP ? stdout : stderr);
        exit(option == HELP ? 0 : 2);
    }
    if (optind < argc) {
        fprintf(stderr, "echo_server: \"%s\" is no option: see --help\n", argv[optind]);
        exit(2);
    }
    return options;
}
