# libnet: sockets, the HTTP upgrade, WebSockets, deadlines.
noinst_LIBRARIES += libnet.a

libnet_a_SOURCES = \
	gateway/net/frame.c gateway/net/frame.h \
	gateway/net/connection.h \
	gateway/net/server.h \
	gateway/net/upgrade.h \
	gateway/net/wheel.h

libnet_a_CFLAGS = $(AM_CFLAGS) $(UV_CFLAGS)

# What a program links that uses libnet; $(BELFRY_LIBS) goes behind it.
NET_LIBS = libnet.a $(UV_LIBS) $(WSLAY_LIBS) $(HTTP_PARSER_LIBS) $(CRYPTO_LIBS)
