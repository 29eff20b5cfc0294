# realtime: who is there, what they may say, and what they hear.
noinst_LIBRARIES += librealtime.a

librealtime_a_SOURCES = \
	gateway/realtime/client.c gateway/realtime/client.h \
	gateway/realtime/events.c gateway/realtime/events.h \
	gateway/realtime/handshake.c gateway/realtime/handshake.h \
	gateway/realtime/hub.c gateway/realtime/hub.h \
	gateway/realtime/input.c gateway/realtime/input.h \
	gateway/realtime/news.c \
	gateway/realtime/notifications.c gateway/realtime/notifications.h \
	gateway/realtime/rate.c gateway/realtime/rate.h \
	gateway/realtime/realtime.c gateway/realtime/realtime.h \
	gateway/realtime/refresh.c gateway/realtime/refresh.h \
	gateway/realtime/reply.c gateway/realtime/reply.h \
	gateway/realtime/room.h \
	gateway/realtime/subscriptions.c gateway/realtime/subscriptions.h \
	gateway/realtime/topic.c gateway/realtime/topic.h \
	gateway/realtime/user.c gateway/realtime/user.h

librealtime_a_CFLAGS = $(AM_CFLAGS) $(UV_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
