# libbelfry: what the two programs and the administrator's command share.
noinst_LIBRARIES += libbelfry.a

libbelfry_a_SOURCES = \
	common/access_list.c common/access_list.h \
	common/base64url.c common/base64url.h \
	common/buf.c common/buf.h \
	common/catalogue.c common/catalogue.h \
	common/clock.c common/clock.h \
	common/container_of.h \
	common/config.c common/config_paths.c common/config.h \
	common/config_list.h \
	common/core_dump.c common/core_dump.h \
	common/database_url.c common/database_url.h \
	common/gateway_interface.c common/gateway_interface.h \
	common/hash_table.c common/hash_table.h \
	common/histogram.c common/histogram.h \
	common/json.c common/json.h \
	common/json_plain.c common/json_plain.h \
	common/landlock.c common/landlock.h \
	common/layout.c common/layout.h \
	common/log.c common/log.h \
	common/log_pace.c common/log_pace.h \
	common/members.c common/members.h \
	common/memory.c common/memory.h \
	common/moment.c common/moment.h \
	common/notify.c common/notify.h \
	common/origin.c common/origin.h \
	common/passed_sockets.c common/passed_sockets.h \
	common/path.c common/path.h \
	common/proxies.c common/proxies.h \
	common/publication.c common/publication.h \
	common/publish_key.c common/publish_key.h \
	common/publisher.c common/publisher.h \
	common/reason.c common/reason.h \
	common/row_rules.c common/row_rules.h \
	common/sandbox.c common/sandbox.h \
	common/sandbox_policy.c common/sandbox_policy.h \
	common/sanitized.h \
	common/secret.c common/secret.h \
	common/session_marks.c common/session_marks.h \
	common/session_seal.c common/session_seal.h \
	common/session_tables.c common/session_tables.h \
	common/setting.c common/setting.h \
	common/side_files.c common/side_files.h \
	common/sql.c common/sql_sqlite.c common/sql.h \
	common/statistics.c common/statistics.h \
	common/system_calls.c common/system_calls.h \
	common/text.c common/text.h \
	common/token.c common/token_verify.c common/token.h \
	common/token_session.c common/token_session.h \
	common/trust.c common/trust.h \
	common/version.c common/version.h

if POSTGRESQL
libbelfry_a_SOURCES += \
	common/catalogue_postgres.c common/catalogue_postgres.h \
	common/postgres.c common/postgres.h \
	common/postgres_client.c common/postgres_client.h \
	common/postgres_examine.c common/postgres_examine.h \
	common/session_link.c common/session_link.h \
	common/sql_postgres.c common/sql_postgres.h
endif

include common/schema.mk

# What a program links that uses libbelfry.
BELFRY_LIBS = libbelfry.a $(JWT_LIBS) $(JANSSON_LIBS) $(SQLITE_LIBS) $(PQ_LIBS) $(SECCOMP_LIBS) $(CRYPTO_LIBS) $(INIH_LIBS)
