# auth-fcgi: belfry-auth, a thin main over a library that the tests link too.
noinst_LIBRARIES += libauth.a

libauth_a_SOURCES = \
	auth-fcgi/auth_response.c auth-fcgi/auth_response.h \
	auth-fcgi/auth_settings.c auth-fcgi/auth_settings.h \
	auth-fcgi/cookie.c auth-fcgi/cookie.h \
	auth-fcgi/cookie_claims.c auth-fcgi/cookie_claims.h \
	auth-fcgi/cookie_key.c auth-fcgi/cookie_key.h \
	auth-fcgi/cookie_names.c auth-fcgi/cookie_names.h \
	auth-fcgi/cookie_secrets.c auth-fcgi/cookie_secrets.h \
	auth-fcgi/credentials.c auth-fcgi/credentials.h \
	auth-fcgi/jwe.c auth-fcgi/jwe.h \
	auth-fcgi/named_parameter.c auth-fcgi/named_parameter.h \
	auth-fcgi/revocation.c auth-fcgi/revocation.h \
	auth-fcgi/session.c auth-fcgi/session.h \
	auth-fcgi/session_lookup.c auth-fcgi/session_lookup.h \
	auth-fcgi/session_row.c auth-fcgi/session_row.h \
	auth-fcgi/session_statement.h \
	auth-fcgi/session_store.c auth-fcgi/session_store.h \
	auth-fcgi/session_store_sqlite.c \
	auth-fcgi/session_store_verbs.h \
	auth-fcgi/signature.c auth-fcgi/signature.h \
	auth-fcgi/source.h \
	auth-fcgi/source_authjs.c \
	auth-fcgi/source_better_auth.c \
	auth-fcgi/source_query.c \
	auth-fcgi/source_remote_user.c \
	auth-fcgi/source_table.c \
	auth-fcgi/sources.c auth-fcgi/sources.h \
	auth-fcgi/stored_row.h \
	auth-fcgi/stored_time.c auth-fcgi/stored_time.h \
	auth-fcgi/token_cookie.c auth-fcgi/token_cookie.h \
	auth-fcgi/token_endpoint.c auth-fcgi/token_endpoint.h

if POSTGRESQL
libauth_a_SOURCES += auth-fcgi/session_store_postgres.c
endif

# What a program links that uses libauth.
AUTH_LIBS = libauth.a $(ENDPOINT_LIBS)

belfrylibexec_PROGRAMS += belfry-auth

belfry_auth_SOURCES = auth-fcgi/main.c
belfry_auth_LDADD = $(AUTH_LIBS)
