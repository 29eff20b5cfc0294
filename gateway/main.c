#include <getopt.h>
#include <stdio.h>

#include "common/core_dump.h"
#include "common/gateway_interface.h"
#include "common/version.h"
#include "gateway/gateway.h"

static const char usage[] =
    "usage: belfry-gateway [--config FILE] [--check]\n"
    "\n"
    "Accepts the WebSocket connections of a web application's users and pushes what is\n"
    "inserted into the queue. Runs in the foreground and logs to standard error.\n"
    "\n"
    "  --config FILE  read FILE instead of /etc/belfry/belfry.conf\n"
    "  --check        print the settings, check whether they work, and exit\n"
    "  --version      print the version\n"
    "  --help         print this text\n"
    "\n"
    "SIGTERM drains and exits; SIGHUP reloads the configuration and the secrets; SIGUSR2\n"
    "lets the program that now stands at its path take the place of this process.\n"
    "Exit status: 0 done, 1 something is missing or in use, 2 wrong configuration.\n"
    "See belfry-gateway(8), belfry.conf(5).\n";

enum { OPTION_CONFIG = 'c', OPTION_CHECK = 'k', OPTION_VERSION = 'v', OPTION_HELP = 'h' };

static const struct option options[] = {
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static int wrong_use(void)
{
    fputs(usage, stderr);
    return 2;
}

int main(int argc, char **argv)
{
    int (*run)(const char *config_path, char **argv) = gateway_run;
    const char *config_path = NULL;
    struct reason why;
    int option;

    core_dump_forbid();
    if (gateway_interface_refuse(&why) < 0) {
        fprintf(stderr, "belfry-gateway: %s\n", why.text);
        return 2;
    }
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case OPTION_CONFIG:
            config_path = optarg;
            break;
        case OPTION_CHECK:
            run = gateway_check;
            break;
        case OPTION_VERSION:
            printf("belfry-gateway %s\n", version_text);
            return 0;
        case OPTION_HELP:
            fputs(usage, stdout);
            return 0;
        default:
            return wrong_use();
        }
    }
    return optind < argc ? wrong_use() : run(config_path, argv);
}
