# realtime: who is there, what they may say, and what they hear.
noinst_LIBRARIES += librealtime.a

librealtime_a_SOURCES = \
	gateway/realtime/broadcasts.c gateway/realtime/broadcasts.h \
	gateway/realtime/client.c gateway/realtime/client.h \
	gateway/realtime/client_end.c gateway/realtime/client_end.h \
	gateway/realtime/client_life.c gateway/realtime/client_life.h \
	gateway/realtime/client_log.c gateway/realtime/client_log.h \
	gateway/realtime/client_view.c gateway/realtime/client_view.h \
	gateway/realtime/contacts.c gateway/realtime/contacts.h \
	gateway/realtime/context.h \
	gateway/realtime/departure.c gateway/realtime/departure.h \
	gateway/realtime/dispatch.c \
	gateway/realtime/events.c gateway/realtime/events.h \
	gateway/realtime/fanout.c gateway/realtime/fanout.h \
	gateway/realtime/farewell.c gateway/realtime/farewell.h \
	gateway/realtime/feed.c gateway/realtime/feed.h gateway/realtime/feed_state.h \
	gateway/realtime/following.c gateway/realtime/following.h \
	gateway/realtime/hub.c gateway/realtime/hub.h \
	gateway/realtime/inbox_fanout.c gateway/realtime/inbox_fanout.h \
	gateway/realtime/input.c gateway/realtime/input.h \
	gateway/realtime/inquiry.c gateway/realtime/inquiry.h \
	gateway/realtime/joining.c gateway/realtime/joining.h \
	gateway/realtime/login.c gateway/realtime/login.h \
	gateway/realtime/membership.c gateway/realtime/membership.h \
	gateway/realtime/notifications.c gateway/realtime/notifications.h \
	gateway/realtime/own_topic.c gateway/realtime/own_topic.h \
	gateway/realtime/presence.c gateway/realtime/presence.h \
	gateway/realtime/presence_contacts.c gateway/realtime/presence_contacts.h \
	gateway/realtime/presence_elsewhere.c gateway/realtime/presence_elsewhere.h \
	gateway/realtime/presence_get.c gateway/realtime/presence_get.h \
	gateway/realtime/presence_introduction.c gateway/realtime/presence_introduction.h \
	gateway/realtime/presence_round.c gateway/realtime/presence_round.h \
	gateway/realtime/presence_state.c gateway/realtime/presence_state.h \
	gateway/realtime/rate.c gateway/realtime/rate.h \
	gateway/realtime/realtime.c gateway/realtime/realtime.h \
	gateway/realtime/realtime_counters.h \
	gateway/realtime/realtime_settings.h \
	gateway/realtime/recent_ends.c gateway/realtime/recent_ends.h \
	gateway/realtime/refresh.c gateway/realtime/refresh.h \
	gateway/realtime/replay.c gateway/realtime/replay.h \
	gateway/realtime/reply.c gateway/realtime/reply.h \
	gateway/realtime/roster.c gateway/realtime/roster.h \
	gateway/realtime/row_events.c gateway/realtime/row_events.h \
	gateway/realtime/stale_rows.c gateway/realtime/stale_rows.h \
	gateway/realtime/strangers.c gateway/realtime/strangers.h \
	gateway/realtime/subject.c gateway/realtime/subject.h \
	gateway/realtime/subscription.c gateway/realtime/subscription.h \
	gateway/realtime/subscriptions.c gateway/realtime/subscriptions.h \
	gateway/realtime/talk.c gateway/realtime/talk.h \
	gateway/realtime/token_end.c gateway/realtime/token_end.h \
	gateway/realtime/topic.c gateway/realtime/topic.h \
	gateway/realtime/typing.c gateway/realtime/typing.h \
	gateway/realtime/user.c gateway/realtime/user.h
