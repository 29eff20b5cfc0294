/*
 * pager: a stream that shows a person a long text one screen at a time.
 *
 * What is written is kept until it is more than the screen holds; only then is
 * $PAGER started, or less, and everything goes there. A shorter text is printed
 * as it is. At most a screen is ever kept.
 *
 * The pager is run with the rights of whoever runs belfry, not with those that
 * identity_take took. That of root is told by LESSSECURE to start no program.
 * While it runs, Ctrl-C is its own. When the person leaves it early, SIGPIPE
 * ends belfry, as it ends any command before a pager.
 */
#ifndef BELFRY_ADMIN_PAGER_H
#define BELFRY_ADMIN_PAGER_H

#include <stdio.h>

#include "admin/screen.h"

struct pager;

/* `out` is that screen. Both must stay until it is closed. */
struct pager *pager_open(FILE *out, const struct screen *screen);

/* Where to write. */
FILE *pager_stream(struct pager *pager);

/* Prints what was kept, or waits until the person has left the pager. NULL is fine. */
void pager_close(struct pager *pager);

#endif
