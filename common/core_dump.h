/*
 * core_dump: keeps secrets out of core dumps, and other processes of the same
 * user out of this one's memory and environment.
 *
 * BELFRY_CORE_DUMPS=yes in the environment leaves both as they are, for whoever
 * has to see where a program died.
 */
#ifndef BELFRY_COMMON_CORE_DUMP_H
#define BELFRY_COMMON_CORE_DUMP_H

/* For programs that will hold secrets: called first. */
void core_dump_forbid(void);

#endif
