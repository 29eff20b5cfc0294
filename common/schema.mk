# What is in the database files: opening them, making them, moving them forward.
libbelfry_a_SOURCES += \
	common/database.c common/database.h \
	common/filesystem.c common/filesystem.h \
	common/migration.c common/migration.h \
	common/publisher_sqlite.c common/publisher_sqlite.h \
	common/random.c common/random.h \
	common/schema.c common/schema.h \
	common/schema_numbers.c common/schema_numbers.h \
	common/schema_compare.c common/schema_compare.h \
	common/schema_restate.c common/schema_restate.h \
	common/schema_sql.h

# The DDL is written as SQL, for people, and built in as text.
nodist_libbelfry_a_SOURCES = \
	common/schema_queue.c common/schema_queue_2.c common/schema_publish.c common/schema_sessions.c
if POSTGRESQL
libbelfry_a_SOURCES += \
	common/publisher_postgres.c common/publisher_postgres.h \
	common/schema_postgres.c common/schema_postgres.h
nodist_libbelfry_a_SOURCES += common/schema_postgres_ddl.c common/schema_postgres_roles.c \
	common/schema_postgres_sessions.c
endif
EXTRA_DIST += \
	common/schema_queue.sql common/schema_queue_2.sql common/schema_publish.sql \
	common/schema_sessions.sql common/schema_postgres_ddl.sql common/schema_postgres_roles.sql \
	common/schema_postgres_sessions.sql
CLEANFILES += $(nodist_libbelfry_a_SOURCES)

SUFFIXES = .sql
.sql.c:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && { \
		echo '#include "common/schema_sql.h"' && \
		echo 'const char $(*F)_sql[] =' && \
		$(SED) -e 's/[\\"]/\\&/g' -e 's/.*/    "&\\n"/' $< && \
		echo ';'; } >$@.tmp && mv $@.tmp $@
