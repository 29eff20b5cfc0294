/*
 * screen: what the terminal of a person can show. Output that goes to a program
 * or a file has none: no colours, no pager.
 */
#ifndef BELFRY_ADMIN_SCREEN_H
#define BELFRY_ADMIN_SCREEN_H

#include <stdbool.h>

struct screen {
    bool colours;           /* and neither NO_COLOR is set, nor is the terminal a dumb one */
    unsigned rows, columns; /* 0 rows: no pager is wanted */
    const char *pager;      /* $PAGER, a command for the shell; NULL: less, where it is installed */
};

/* Looks at the descriptor and the environment, which must not change. */
void screen_look(struct screen *screen, int fd);

#endif
