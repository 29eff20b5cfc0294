# belfry: the administrator's command, a thin main over libadmin. commands.c
# lists its commands; each noun has a file of its own, which defines them.
# `session check` judges by the sources of libauth, so that it says what
# belfry-auth would; `token check` looks for sessions as the gateway does.
noinst_LIBRARIES += libadmin.a

libadmin_a_SOURCES = \
	admin/admin.c admin/admin.h \
	admin/arguments.c admin/command.h \
	admin/ask_auth.c admin/ask_auth.h \
	admin/ask_ops.c admin/ask_ops.h \
	admin/backup.c admin/backup.h \
	admin/backup_content.c admin/backup_content.h \
	admin/backup_file.c admin/backup_file.h \
	admin/broadcast.c admin/broadcast.h \
	admin/commands.c \
	admin/confirm.c admin/confirm.h \
	admin/completion.c admin/completion.h \
	admin/completion_script.c admin/completion_script.h \
	admin/completion_values.c admin/completion_values.h \
	admin/connections.c admin/connections.h \
	admin/conversation.c admin/conversation.h \
	admin/database_copy.c admin/database_copy.h \
	admin/doctor.c admin/doctor.h \
	admin/doctor_database.c \
	admin/doctor_gateway.c \
	admin/doctor_local.c \
	admin/doctor_notification.c \
	admin/doctor_site.c \
	admin/explain.c admin/explain.h \
	admin/explain_gateway.c admin/explain_gateway.h \
	admin/help.c \
	admin/http_client.c admin/http_client.h \
	admin/identity.c admin/identity.h \
	admin/init.c admin/init.h \
	admin/json_line.c admin/json_line.h \
	admin/key.c admin/key.h \
	admin/known.c admin/known.h \
	admin/lines.c admin/lines.h \
	admin/listen.c admin/listen.h \
	admin/listing.c admin/listing.h \
	admin/lookup.c admin/lookup.h \
	admin/migrate.c admin/migrate.h \
	admin/pager.c admin/pager.h \
	admin/place.c admin/place.h \
	admin/program.c \
	admin/publish.c admin/publish.h \
	admin/queue.c admin/queue.h \
	admin/queue_change.c admin/queue_change.h \
	admin/queue_list.c admin/queue_list.h \
	admin/queue_stats.c admin/queue_stats.h \
	admin/restore.c admin/restore.h \
	admin/restore_draft.c admin/restore_draft.h \
	admin/revoke.c admin/revoke.h \
	admin/running.c admin/running.h \
	admin/screen.c admin/screen.h \
	admin/send.c admin/send.h \
	admin/send_lines.c admin/send_lines.h \
	admin/session.c admin/session.h \
	admin/session_check.c admin/session_check.h \
	admin/standing.c admin/standing.h \
	admin/status.c admin/status.h \
	admin/table.c admin/table.h \
	admin/token.c admin/token.h \
	admin/transport.c admin/transport.h \
	admin/user.c admin/user.h \
	admin/websocket_client.c admin/websocket_client.h \
	admin/wire.c admin/wire.h

if POSTGRESQL
libadmin_a_SOURCES += \
	admin/init_postgres.c admin/init_postgres.h \
	admin/migrate_check.c admin/migrate_check.h \
	admin/migrate_copy.c admin/migrate_copy.h \
	admin/migrate_source.c admin/migrate_source.h \
	admin/migrate_table.c admin/migrate_table.h \
	admin/migrate_target.c admin/migrate_target.h
endif

# What a program links that uses libadmin.
ADMIN_LIBS = libadmin.a libauth.a libbelfryfcgi.a libstore.a $(BELFRY_LIBS) $(WSLAY_LIBS) \
	$(HTTP_PARSER_LIBS) $(SSL_LIBS)

bin_PROGRAMS += belfry

belfry_SOURCES = admin/main.c
belfry_LDADD = $(ADMIN_LIBS)

# What the shells complete, from the commands of the program itself: of a program for another
# machine there is none, and `belfry completion` prints it there.
if COMPLETIONS
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
nodist_bashcompletion_DATA = admin/completion/belfry
nodist_zshcompletion_DATA = admin/completion/_belfry
nodist_fishcompletion_DATA = admin/completion/belfry.fish
completions = $(nodist_bashcompletion_DATA) $(nodist_zshcompletion_DATA) $(nodist_fishcompletion_DATA)
CLEANFILES += $(completions)

COMPLETION = $(MKDIR_P) admin/completion && ./belfry$(EXEEXT) --config /dev/null completion

admin/completion/belfry: belfry$(EXEEXT)
	$(AM_V_GEN)$(COMPLETION) bash >$@.new && mv $@.new $@
admin/completion/_belfry: belfry$(EXEEXT)
	$(AM_V_GEN)$(COMPLETION) zsh >$@.new && mv $@.new $@
admin/completion/belfry.fish: belfry$(EXEEXT)
	$(AM_V_GEN)$(COMPLETION) fish >$@.new && mv $@.new $@
endif
