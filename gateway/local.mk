# belfry-gateway: a convenience library a layer, under a thin main. Each layer
# knows those above it in this list, and none below.
include gateway/net/local.mk
include gateway/framing/local.mk
include gateway/queue/local.mk
include gateway/realtime/local.mk
include gateway/delivery/local.mk
include gateway/ops/local.mk
