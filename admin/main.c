#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "admin/admin.h"
#include "common/core_dump.h"
#include "common/gateway_interface.h"

int main(int argc, char **argv)
{
    struct clock clock = clock_system();
    struct reason why;
    struct admin admin = {
        .in = stdin,
        .out = stdout,
        .err = stderr,
        .watched = isatty(STDERR_FILENO),
        .attended = isatty(STDERR_FILENO) && isatty(STDIN_FILENO),
        .clock = &clock,
    };

    screen_look(&admin.screen, STDOUT_FILENO);
    core_dump_forbid();
    signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error like a full disk */
    if (gateway_interface_refuse(&why) < 0)
        return admin_misuse(&admin, "%s", why.text);
    return admin_main(&admin, argc, argv);
}
