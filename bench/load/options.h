/*
 * options: the command line of load.
 */
#ifndef BELFRY_BENCH_LOAD_OPTIONS_H
#define BELFRY_BENCH_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <netinet/in.h>

#include "common/reason.h"

struct dialect;

struct options {
    const char *mode;
    const struct dialect *dialect;
    const char *dialect_name;
    const char *url, *token_file, *database, *publish_path, *users, *pids;
    struct sockaddr_in target;
    char authority[64]; /* the host and port of the URL */
    const char *path;   /* of the URL; "" if it has none */
    uint32_t connections, topics, outstanding, width, batch, publishers, size, first, pending,
        publisher_id, qos;
    double rate, seconds, warm, settle, patience;
    bool step, acknowledge;
};

/* Prints what there is to standard output. */
void options_help(void);

/* 0, or -1 with the reason. The strings are those of argv. */
int options_parse(struct options *options, int argc, char **argv, struct reason *why);

#endif
