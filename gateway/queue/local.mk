# libqueue: the thread that owns SQLite.
noinst_LIBRARIES += libqueue.a

libqueue_a_SOURCES = \
	gateway/queue/answering.c gateway/queue/answering.h \
	gateway/queue/broadcast.c gateway/queue/broadcast.h \
	gateway/queue/broadcasts.c gateway/queue/broadcasts.h \
	gateway/queue/changes.c gateway/queue/changes.h \
	gateway/queue/chat.c gateway/queue/chat.h \
	gateway/queue/checkpoint.c gateway/queue/checkpoint.h \
	gateway/queue/column.c gateway/queue/column.h \
	gateway/queue/conversations.c gateway/queue/conversations.h \
	gateway/queue/digest.c gateway/queue/digest.h \
	gateway/queue/ended.c gateway/queue/ended.h \
	gateway/queue/failures.c gateway/queue/failures.h \
	gateway/queue/file.c gateway/queue/file.h \
	gateway/queue/health.c gateway/queue/health.h \
	gateway/queue/joined.c gateway/queue/joined.h \
	gateway/queue/lock.c gateway/queue/lock.h \
	gateway/queue/logout.c gateway/queue/logout.h \
	gateway/queue/mailbox.c gateway/queue/mailbox.h \
	gateway/queue/marks.c gateway/queue/marks.h \
	gateway/queue/membership.c gateway/queue/membership.h \
	gateway/queue/message.c gateway/queue/message.h \
	gateway/queue/messages.c gateway/queue/messages.h \
	gateway/queue/news.c gateway/queue/news.h \
	gateway/queue/notification.c gateway/queue/notification.h \
	gateway/queue/page.c gateway/queue/page.h \
	gateway/queue/post.h \
	gateway/queue/place.c gateway/queue/place.h \
	gateway/queue/presence.c gateway/queue/presence.h \
	gateway/queue/queue.c gateway/queue/queue.h \
	gateway/queue/receipts.c gateway/queue/receipts.h \
	gateway/queue/request.c gateway/queue/request.h \
	gateway/queue/retention.c gateway/queue/retention.h \
	gateway/queue/sayings.c gateway/queue/sayings.h \
	gateway/queue/scan.c gateway/queue/scan.h \
	gateway/queue/schedule.c gateway/queue/schedule.h \
	gateway/queue/search.c gateway/queue/search.h \
	gateway/queue/session_file.c gateway/queue/session_file.h \
	gateway/queue/sharing.c gateway/queue/sharing.h \
	gateway/queue/set_back.c gateway/queue/set_back.h \
	gateway/queue/stall.c gateway/queue/stall.h \
	gateway/queue/statements.c gateway/queue/statements.h \
	gateway/queue/store.c gateway/queue/store.h \
	gateway/queue/tail.c gateway/queue/tail.h \
	gateway/queue/turn.c gateway/queue/turn.h \
	gateway/queue/wake.c gateway/queue/wake.h \
	gateway/queue/watch.c gateway/queue/watch.h \
	gateway/queue/worker.c gateway/queue/worker.h \
	gateway/queue/writing.c gateway/queue/writing.h

libqueue_a_CFLAGS = $(AM_CFLAGS) $(UV_CFLAGS) $(SQLITE_CFLAGS) $(JANSSON_CFLAGS) -pthread

# What a program links that uses libqueue; $(BELFRY_LIBS) goes behind it.
QUEUE_LIBS = libqueue.a $(UV_LIBS) -lpthread
