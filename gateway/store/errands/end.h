/*
 * end: the last errand of a store (store_end).
 */
#ifndef BELFRY_GATEWAY_STORE_END_H
#define BELFRY_GATEWAY_STORE_END_H

#include "gateway/store/errands/errand.h"

struct errand *end_new(void);

#endif
