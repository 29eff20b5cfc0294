/*
 * layout: which files of an installation should be moved.
 *
 * Publishers should own the queue's folder and nothing else, the programs' user
 * should have a group without other members, and nobody else should be able to
 * write the folder of the sessions. Older versions kept everything in one
 * folder with one group. That keeps working where it is safe, but the
 * administrator is told what to change. The same goes for secrets that others
 * may read.
 */
#ifndef BELFRY_COMMON_LAYOUT_H
#define BELFRY_COMMON_LAYOUT_H

#include "common/config.h"

typedef void layout_say(void *context, const char *sentence);

/* Says what should be changed, one sentence each. Returns how many of them are about a file that is
 * not used where it is. */
int layout_advise(const struct config *config, layout_say *say, void *context);

#endif
