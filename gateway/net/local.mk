# libnet: sockets, HTTP exchanges, WebSockets, deadlines.
noinst_LIBRARIES += libnet.a

libnet_a_SOURCES = \
	gateway/net/address.c gateway/net/address.h \
	gateway/net/admission.c \
	gateway/net/bind.c gateway/net/bind.h \
	gateway/net/connection.c gateway/net/connection.h \
	gateway/net/frame.c gateway/net/frame.h \
	gateway/net/handshake.c \
	gateway/net/head.c gateway/net/head.h \
	gateway/net/host.h \
	gateway/net/http_answer.c \
	gateway/net/http_request.c gateway/net/http_request.h \
	gateway/net/listener.c gateway/net/listener.h \
	gateway/net/outbox.c gateway/net/outbox.h \
	gateway/net/reading.c gateway/net/reading.h \
	gateway/net/server.c gateway/net/server.h \
	gateway/net/stage.h \
	gateway/net/websocket.c gateway/net/websocket.h \
	gateway/net/wheel.c gateway/net/wheel.h

# What a program links that uses libnet; $(BELFRY_LIBS) goes behind it.
NET_LIBS = libnet.a $(UV_LIBS) $(WSLAY_LIBS) $(HTTP_PARSER_LIBS) $(CRYPTO_LIBS)
