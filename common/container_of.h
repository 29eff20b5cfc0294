/*
 * container_of: from a member to the struct that holds it.
 *
 * For what is handed to a callback as its own member, such as an entry of a
 * timing wheel or of a list.
 */
#ifndef BELFRY_COMMON_CONTAINER_OF_H
#define BELFRY_COMMON_CONTAINER_OF_H

#include <stddef.h>

/* `pointer` points to the member `member` of a `type`; the pointer to that `type`. */
#define container_of(pointer, type, member) \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
