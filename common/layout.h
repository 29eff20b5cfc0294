/*
 * layout: what of an installation's files would have to be elsewhere.
 *
 * Publishers own the queue's folder and nothing else; the programs' user has a
 * group that nobody else is in, and the sessions a folder that nobody else may
 * write. Older versions had all of it in one folder and one group. That goes on
 * working where it is safe; the administrator hears what to change. So do secrets
 * that others may read.
 */
#ifndef BELFRY_COMMON_LAYOUT_H
#define BELFRY_COMMON_LAYOUT_H

#include "common/config.h"

typedef void layout_say(void *context, const char *sentence);

/* Says what is to be changed, a sentence each. Returns how many of them are about a file that is
 * not used as it lies there. */
int layout_advise(const struct config *config, layout_say *say, void *context);

#endif
