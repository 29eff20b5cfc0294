#include "fcgi/program_options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/pool.h"

static const struct option long_options[] = {
    {"check", no_argument, NULL, 'k'},
    {"config", required_argument, NULL, 'c'},
    {"help", no_argument, NULL, 'h'},
    {"socket", required_argument, NULL, 's'},
    {"threads", required_argument, NULL, 't'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static int threads_parse(const char *text, int64_t *threads, struct reason *why)
{
    char *end;

    *threads = strtol(text, &end, 10);
    if (end == text || *end || *threads < 1 || *threads > POOL_THREADS_MAX)
        return reason_set(why, "--threads takes 1 to %d, not \"%s\"", POOL_THREADS_MAX, text);
    return 0;
}

static int option_take(struct program_options *options, int option, struct reason *why)
{
    switch (option) {
    case 'k':
        options->check = true;
        return 0;
    case 'c':
        options->config = optarg;
        return 0;
    case 'h':
        options->help = true;
        return 0;
    case 's':
        options->socket = optarg;
        return 0;
    case 't':
        return threads_parse(optarg, &options->threads, why);
    default:
        options->version = true;
        return 0;
    }
}

int program_options_parse(
    struct program_options *options, int argc, char **argv, struct reason *why)
{
    int option;

    *options = (struct program_options){.config = NULL};
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":hV", long_options, NULL)) != -1) {
        if (option == '?' || option == ':')
            return reason_set(why, "%s %s", argv[optind - 1],
                option == ':' ? "needs a value" : "is not an option of this program");
        if (option_take(options, option, why) < 0)
            return -1;
    }
    if (optind < argc)
        return reason_set(why, "unexpected argument: \"%s\"", argv[optind]);
    return 0;
}

void program_options_usage(const char *program, const char *purpose, FILE *out)
{
    fprintf(out,
        "usage: %s [--config FILE] [--socket PATH] [--threads N]\n"
        "       %s [--config FILE] --check | --version | --help\n"
        "\n"
        "%s\n"
        "\n"
        "  --socket PATH   listen on this Unix socket for FastCGI; by default, on\n"
        "                  the socket that the web server or systemd passed\n"
        "  --threads N     process this many requests at once (4)\n"
        "  --config FILE   read FILE instead of /etc/belfry/belfry.conf\n"
        "  --check         print the settings, check whether they work, and exit\n"
        "  --version       print the version\n"
        "  --help          print this text\n",
        program, program, purpose);
}
