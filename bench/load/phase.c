#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "bench/load/now.h"
#include "bench/load/phase.h"

void phase_await_line(struct crowd *crowd)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char c = '\0';

    while (c != '\n') {
        if (poll(&input, 1, 0) == 0)
            crowd_turn(crowd, NS_PER_MS);
        else if (read(STDIN_FILENO, &c, 1) <= 0)
            return;
    }
}

void phase_begin(struct crowd *crowd, const char *name)
{
    fprintf(stderr, "phase %s\n", name);
    if (crowd->common.options->step)
        phase_await_line(crowd);
}
