#include "admin/screen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_DEFAULT 80

/* The value of a variable that is set and not empty; else NULL. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

static bool is_dumb(void)
{
    const char *terminal = variable("TERM");

    return !terminal || strcmp(terminal, "dumb") == 0;
}

void screen_look(struct screen *screen, int fd)
{
    struct winsize size = {.ws_row = 0};
    const char *pager = getenv("PAGER");

    *screen = (struct screen){.colours = false};
    if (!isatty(fd))
        return;
    screen->colours = !is_dumb() && !variable("NO_COLOR");
    if (is_dumb() || ioctl(fd, TIOCGWINSZ, &size) < 0 || (pager && !*pager))
        return;
    screen->rows = size.ws_row;
    screen->columns = size.ws_col > 0 ? size.ws_col : COLUMNS_DEFAULT;
    screen->pager = pager;
}
