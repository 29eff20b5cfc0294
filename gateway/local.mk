# belfry-gateway: a convenience library a layer, under a thin main. Each layer
# knows those above it in this list, and none below.
include gateway/net/local.mk
include gateway/framing/local.mk
include gateway/store/local.mk
include gateway/delivery/local.mk
include gateway/realtime/local.mk
include gateway/ops/local.mk
include gateway/process/local.mk

sbin_PROGRAMS += belfry-gateway

belfry_gateway_SOURCES = \
	gateway/check.c \
	gateway/gateway.c gateway/gateway.h \
	gateway/gateway_sandbox.c gateway/gateway_sandbox.h \
	gateway/main.c \
	gateway/setup.c gateway/setup.h

# From the lowest layer of what is used to the highest, as the linker reads them.
GATEWAY_LIBS = libprocess.a libops.a librealtime.a libdelivery.a libstore.a libframing.a $(NET_LIBS) \
	$(BELFRY_LIBS) -lpthread

belfry_gateway_LDADD = $(GATEWAY_LIBS)
