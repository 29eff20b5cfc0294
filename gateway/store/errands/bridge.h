/* bridge: how what is still a struct request goes as an errand. It goes when the last has moved. */
#ifndef BELFRY_GATEWAY_STORE_BRIDGE_H
#define BELFRY_GATEWAY_STORE_BRIDGE_H

#include "gateway/store/errands/errand.h"

extern const struct errand_kind bridge_kinds[];

#endif
