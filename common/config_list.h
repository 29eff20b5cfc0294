/*
 * config_list: the value of a setting that is a list.
 */
#ifndef BELFRY_COMMON_CONFIG_LIST_H
#define BELFRY_COMMON_CONFIG_LIST_H

#include <stddef.h>

struct config_list {
    char **items;
    size_t count;
};

#endif
