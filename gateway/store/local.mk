# libstore: the thread that owns SQLite.
noinst_LIBRARIES += libstore.a

libstore_a_SOURCES = \
	gateway/store/agenda.c gateway/store/agenda.h \
	gateway/store/broadcast.c gateway/store/broadcast.h \
	gateway/store/broadcasts.c gateway/store/broadcasts.h \
	gateway/store/cell.c gateway/store/cell.h \
	gateway/store/changes.c gateway/store/changes.h \
	gateway/store/chat.c gateway/store/chat.h \
	gateway/store/column.c gateway/store/column.h \
	gateway/store/conversations.c \
	gateway/store/news_fill.c gateway/store/news_fill.h \
	gateway/store/ended.c gateway/store/ended.h \
	gateway/store/availability.c gateway/store/availability.h \
	gateway/store/errands/attach.c gateway/store/errands/check_token.c \
	gateway/store/errands/bearer.c gateway/store/errands/bearer.h \
	gateway/store/errands/bridge.c gateway/store/errands/bridge.h \
	gateway/store/errands/end.c gateway/store/errands/end.h \
	gateway/store/errands/errand.c gateway/store/errands/errand.h \
	gateway/store/errands/expire.c gateway/store/errands/fetch.c \
	gateway/store/errands/list.c gateway/store/errands/mark_read.c \
	gateway/store/errands/sent.c \
	gateway/store/errands/scheduler.c gateway/store/errands/scheduler.h \
	gateway/store/database_health.h \
	gateway/store/engine.h \
	gateway/store/engines.c gateway/store/engines.h \
	gateway/store/change_verbs.h \
	gateway/store/presence_verbs.h \
	gateway/store/retention_verbs.h \
	gateway/store/schedule_verbs.h \
	gateway/store/session_verbs.h \
	gateway/store/token_verbs.h \
	gateway/store/failures.c gateway/store/failures.h \
	gateway/store/health.c gateway/store/health.h \
	gateway/store/inbox.c gateway/store/inbox.h \
	gateway/store/joined.c gateway/store/joined.h \
	gateway/store/logout.c gateway/store/logout.h \
	gateway/store/mailbox.c gateway/store/mailbox.h \
	gateway/store/marks.c gateway/store/marks.h \
	gateway/store/membership.c gateway/store/membership.h \
	gateway/store/message.c gateway/store/message.h \
	gateway/store/messages.c gateway/store/messages.h \
	gateway/store/news.c gateway/store/news.h \
	gateway/store/notification.c gateway/store/notification.h \
	gateway/store/notification_verbs.h \
	gateway/store/page.c gateway/store/page.h \
	gateway/store/post.h \
	gateway/store/opening.c gateway/store/opening.h \
	gateway/store/presence.c gateway/store/presence.h \
	gateway/store/queue.h gateway/store/counters.h gateway/store/shared.h \
	gateway/store/request.c gateway/store/request.h \
	gateway/store/retention.c gateway/store/retention.h \
	gateway/store/revocation.c gateway/store/revocation.h \
	gateway/store/sayings.c gateway/store/sayings.h \
	gateway/store/scan.c gateway/store/scan.h \
	gateway/store/schedule.c gateway/store/schedule.h \
	gateway/store/search.c gateway/store/search.h \
	gateway/store/sharing.c gateway/store/sharing.h \
	gateway/store/set_back.c gateway/store/set_back.h \
	gateway/store/spell_notification.c gateway/store/spell_notification.h \
	gateway/store/sqlite/notification_rows.c \
	gateway/store/stall.c gateway/store/stall.h \
	gateway/store/store.c gateway/store/store.h \
	gateway/store/store_broadcasts.h gateway/store/store_conversations.h \
	gateway/store/store_news.h gateway/store/store_notifications.h gateway/store/store_presence.h \
	gateway/store/store_sessions.h gateway/store/store_settings.h gateway/store/verdict.h \
	gateway/store/tail.c gateway/store/tail.h \
	gateway/store/turn.c gateway/store/turn.h \
	gateway/store/watch.c gateway/store/watch.h \
	gateway/store/worker.c gateway/store/worker.h \
	gateway/store/writing.c gateway/store/writing.h \
	gateway/store/sqlite/checkpoint.c gateway/store/sqlite/checkpoint.h \
	gateway/store/sqlite/change_rows.c \
	gateway/store/sqlite/file.c gateway/store/sqlite/file.h \
	gateway/store/sqlite/file_identity.c gateway/store/sqlite/file_identity.h \
	gateway/store/sqlite/lock.c gateway/store/sqlite/lock.h \
	gateway/store/sqlite/presence_rows.c \
	gateway/store/sqlite/retention_rows.c \
	gateway/store/sqlite/schedule_rows.c \
	gateway/store/sqlite/session_file.c gateway/store/sqlite/session_file.h \
	gateway/store/sqlite/statements.c gateway/store/sqlite/statements.h \
	gateway/store/sqlite/sqlite.c gateway/store/sqlite/sqlite.h \
	gateway/store/sqlite/token_rows.c \
	gateway/store/sqlite/verbs.h \
	gateway/store/sqlite/wake.c gateway/store/sqlite/wake.h

# What a program links that uses libstore; $(BELFRY_LIBS) goes behind it.
STORE_LIBS = libstore.a $(UV_LIBS) -lpthread
