/*
 * core_dump: keeps secrets out of core dumps, and other processes of the same
 * user out of this one's memory and environment.
 *
 * BELFRY_CORE_DUMPS=yes in the environment turns both protections off, for
 * finding out where a program crashed.
 */
#ifndef BELFRY_COMMON_CORE_DUMP_H
#define BELFRY_COMMON_CORE_DUMP_H

/* Programs that will hold secrets call this first. */
void core_dump_forbid(void);

#endif
