# libnet: sockets, HTTP exchanges, WebSockets, deadlines.
noinst_LIBRARIES += libnet.a

libnet_a_SOURCES = \
	gateway/net/address.c gateway/net/address.h \
	gateway/net/admission.c gateway/net/admission.h \
	gateway/net/bind.c gateway/net/bind.h \
	gateway/net/connection.c gateway/net/connection.h \
	gateway/net/connection_log.c gateway/net/connection_log.h \
	gateway/net/drain_user.h \
	gateway/net/exchange.c gateway/net/exchange.h \
	gateway/net/exchange_end.h gateway/net/exchange_state.h \
	gateway/net/frame.c gateway/net/frame.h \
	gateway/net/head.c gateway/net/head.h \
	gateway/net/host.h \
	gateway/net/http.c gateway/net/http.h \
	gateway/net/http_answer.c gateway/net/http_answer.h \
	gateway/net/http_body.c gateway/net/http_body.h \
	gateway/net/http_refusals.c gateway/net/http_refusals.h \
	gateway/net/http_request.c gateway/net/http_request.h \
	gateway/net/limits.h \
	gateway/net/listener.c gateway/net/listener.h \
	gateway/net/outbox.c gateway/net/outbox.h \
	gateway/net/server.c gateway/net/server.h \
	gateway/net/sockets.c gateway/net/sockets.h \
	gateway/net/stream.c gateway/net/stream.h \
	gateway/net/websocket.c gateway/net/websocket.h \
	gateway/net/wheel.c gateway/net/wheel.h

# What a program links that uses libnet; $(BELFRY_LIBS) goes behind it.
NET_LIBS = libnet.a $(UV_LIBS) $(WSLAY_LIBS) $(HTTP_PARSER_LIBS) $(CRYPTO_LIBS)
