#include <unistd.h>

#include "admin/admin.h"

int main(int argc, char **argv)
{
    struct clock clock = clock_system();
    struct admin admin = {
        .in = stdin,
        .out = stdout,
        .err = stderr,
        .watched = isatty(STDERR_FILENO),
        .clock = &clock,
    };
    return admin_main(&admin, argc, argv);
}
