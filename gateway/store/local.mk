# libstore: the queue as the loop asks it, the thread that serves it, and the engines.
noinst_LIBRARIES += libstore.a

libstore_a_SOURCES = \
	gateway/store/agenda.c gateway/store/agenda.h \
	gateway/store/availability.c gateway/store/availability.h \
	gateway/store/broadcast_page.c gateway/store/broadcast_page.h \
	gateway/store/broadcast_tail.c gateway/store/broadcast_tail.h \
	gateway/store/broadcast_verbs.h \
	gateway/store/cell.c gateway/store/cell.h \
	gateway/store/change_verbs.h \
	gateway/store/changed_rows.c gateway/store/changed_rows.h \
	gateway/store/changes.c gateway/store/changes.h \
	gateway/store/counters.h \
	gateway/store/database_health.h \
	gateway/store/depth.c gateway/store/depth.h \
	gateway/store/ended.c gateway/store/ended.h \
	gateway/store/engine.h \
	gateway/store/engines.c gateway/store/engines.h \
	gateway/store/failures.c gateway/store/failures.h \
	gateway/store/followed.c gateway/store/followed.h \
	gateway/store/health.c gateway/store/health.h \
	gateway/store/inbox.c gateway/store/inbox.h \
	gateway/store/logout.c gateway/store/logout.h \
	gateway/store/mailbox.c gateway/store/mailbox.h \
	gateway/store/marks.c gateway/store/marks.h \
	gateway/store/member_changes.c gateway/store/member_changes.h \
	gateway/store/member_verbs.h \
	gateway/store/message_page.c gateway/store/message_page.h \
	gateway/store/message_tail.c gateway/store/message_tail.h \
	gateway/store/message_verbs.h \
	gateway/store/news.c gateway/store/news.h \
	gateway/store/news_fill.c gateway/store/news_fill.h \
	gateway/store/notification_verbs.h \
	gateway/store/online.c gateway/store/online.h \
	gateway/store/opening.c gateway/store/opening.h \
	gateway/store/page.c gateway/store/page.h \
	gateway/store/post.h \
	gateway/store/presence_verbs.h \
	gateway/store/queue.h \
	gateway/store/retention.c gateway/store/retention.h \
	gateway/store/retention_verbs.h \
	gateway/store/revocation.c gateway/store/revocation.h \
	gateway/store/row_key.c gateway/store/row_key.h \
	gateway/store/row_news.c gateway/store/row_news.h \
	gateway/store/row_state.c gateway/store/row_state.h \
	gateway/store/scan.c gateway/store/scan.h \
	gateway/store/schedule.c gateway/store/schedule.h \
	gateway/store/schedule_verbs.h \
	gateway/store/search.c gateway/store/search.h \
	gateway/store/seen.c gateway/store/seen.h \
	gateway/store/session_verbs.h \
	gateway/store/set_back.c gateway/store/set_back.h \
	gateway/store/shared.h \
	gateway/store/sibling_verbs.h \
	gateway/store/siblings.c gateway/store/siblings.h \
	gateway/store/snapshot_mark.c gateway/store/snapshot_mark.h \
	gateway/store/spell.c gateway/store/spell.h \
	gateway/store/stall.c gateway/store/stall.h \
	gateway/store/store.c gateway/store/store.h \
	gateway/store/store_broadcasts.h \
	gateway/store/store_conversations.h \
	gateway/store/store_hand_over.h \
	gateway/store/store_news.h \
	gateway/store/store_notifications.h \
	gateway/store/store_presence.h \
	gateway/store/store_sessions.h \
	gateway/store/store_settings.h \
	gateway/store/store_siblings.h \
	gateway/store/strain.c gateway/store/strain.h \
	gateway/store/tail.c gateway/store/tail.h \
	gateway/store/token_verbs.h \
	gateway/store/topics.c gateway/store/topics.h \
	gateway/store/traffic.c gateway/store/traffic.h \
	gateway/store/turn.c gateway/store/turn.h \
	gateway/store/verdict.h \
	gateway/store/watch.c gateway/store/watch.h \
	gateway/store/worker.c gateway/store/worker.h \
	gateway/store/writing.c gateway/store/writing.h \
	gateway/store/errands/attach.c \
	gateway/store/errands/bearer.c gateway/store/errands/bearer.h \
	gateway/store/errands/broadcast_sent.c \
	gateway/store/errands/check_member.c \
	gateway/store/errands/check_token.c \
	gateway/store/errands/conversations.c \
	gateway/store/errands/end.c gateway/store/errands/end.h \
	gateway/store/errands/errand.c gateway/store/errands/errand.h \
	gateway/store/errands/expire.c \
	gateway/store/errands/fetch.c \
	gateway/store/errands/follow_user.c \
	gateway/store/errands/hand_over.c \
	gateway/store/errands/history.c \
	gateway/store/errands/join.c \
	gateway/store/errands/last_seen.c \
	gateway/store/errands/list.c \
	gateway/store/errands/mark.c \
	gateway/store/errands/missed_broadcasts.c \
	gateway/store/errands/missed_messages.c \
	gateway/store/errands/rows.c \
	gateway/store/errands/say.c \
	gateway/store/errands/scheduler.c gateway/store/errands/scheduler.h \
	gateway/store/errands/sent.c \
	gateway/store/errands/standing_broadcasts.c \
	gateway/store/errands/standing_topics.c \
	gateway/store/errands/tell_siblings.c \
	gateway/store/errands/user_contacts.c \
	gateway/store/sqlite/broadcast_rows.c \
	gateway/store/sqlite/change_rows.c \
	gateway/store/sqlite/checkpointer.c gateway/store/sqlite/checkpointer.h \
	gateway/store/sqlite/column.c gateway/store/sqlite/column.h \
	gateway/store/sqlite/company.c gateway/store/sqlite/company.h \
	gateway/store/sqlite/file.c gateway/store/sqlite/file.h \
	gateway/store/sqlite/file_identity.c gateway/store/sqlite/file_identity.h \
	gateway/store/sqlite/lock.c gateway/store/sqlite/lock.h \
	gateway/store/sqlite/member_rows.c \
	gateway/store/sqlite/message_rows.c \
	gateway/store/sqlite/notification_rows.c \
	gateway/store/sqlite/presence_rows.c \
	gateway/store/sqlite/retention_rows.c \
	gateway/store/sqlite/schedule_rows.c \
	gateway/store/sqlite/session_file.c gateway/store/sqlite/session_file.h \
	gateway/store/sqlite/sibling_rows.c \
	gateway/store/sqlite/sqlite.c gateway/store/sqlite/sqlite.h \
	gateway/store/sqlite/statements.h \
	gateway/store/sqlite/token_rows.c \
	gateway/store/sqlite/verbs.h \
	gateway/store/sqlite/wake.c gateway/store/sqlite/wake.h \
	gateway/store/sqlite/wal_index.c gateway/store/sqlite/wal_index.h

if POSTGRESQL
libstore_a_SOURCES += \
	gateway/store/postgres/row_batch.c gateway/store/postgres/row_batch.h \
	gateway/store/postgres/broadcast_table.c \
	gateway/store/postgres/change_table.c \
	gateway/store/postgres/dial.c gateway/store/postgres/dial.h \
	gateway/store/postgres/answers.c gateway/store/postgres/answers.h \
	gateway/store/postgres/first_look.c gateway/store/postgres/first_look.h \
	gateway/store/postgres/link.c gateway/store/postgres/link.h \
	gateway/store/postgres/link_state.h \
	gateway/store/postgres/member_table.c \
	gateway/store/postgres/message_table.c \
	gateway/store/postgres/notification_table.c \
	gateway/store/postgres/peek.c gateway/store/postgres/peek.h \
	gateway/store/postgres/postgres.c gateway/store/postgres/postgres.h \
	gateway/store/postgres/presence_table.c \
	gateway/store/postgres/retention_table.c \
	gateway/store/postgres/schedule_table.c \
	gateway/store/postgres/session_server.c gateway/store/postgres/session_server.h \
	gateway/store/postgres/row_stream.c gateway/store/postgres/row_stream.h \
	gateway/store/postgres/sibling_table.c \
	gateway/store/postgres/tables.h \
	gateway/store/postgres/token_table.c
endif

# What a program links that uses libstore; $(BELFRY_LIBS) goes behind it.
STORE_LIBS = libstore.a $(UV_LIBS) -lpthread
