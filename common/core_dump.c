#include "common/core_dump.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void core_dump_forbid(void)
{
    const struct rlimit none = {0, 0};
    const char *allowed = getenv("BELFRY_CORE_DUMPS");

    if (allowed && strcmp(allowed, "yes") == 0)
        return;
    /* A dump that is piped to a program, such as systemd-coredump, ignores this limit. */
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
