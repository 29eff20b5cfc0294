# auth-fcgi: belfry-auth, a thin main over a library that the tests link too.
noinst_LIBRARIES += libauth.a

libauth_a_SOURCES = \
	auth-fcgi/bridge.c auth-fcgi/bridge.h \
	auth-fcgi/cgi.c auth-fcgi/cgi.h \
	auth-fcgi/check.c auth-fcgi/check.h \
	auth-fcgi/claims.c auth-fcgi/claims.h \
	auth-fcgi/cookie.c auth-fcgi/cookie.h \
	auth-fcgi/cookie_key.c auth-fcgi/cookie_key.h \
	auth-fcgi/cookie_secrets.c auth-fcgi/cookie_secrets.h \
	auth-fcgi/endpoint.c auth-fcgi/endpoint.h \
	auth-fcgi/fastcgi.c auth-fcgi/fastcgi.h \
	auth-fcgi/intake.c auth-fcgi/intake.h \
	auth-fcgi/jwe.c auth-fcgi/jwe.h \
	auth-fcgi/listener.c auth-fcgi/listener.h \
	auth-fcgi/lookup.c auth-fcgi/lookup.h \
	auth-fcgi/names.c auth-fcgi/names.h \
	auth-fcgi/options.c auth-fcgi/options.h \
	auth-fcgi/pairs.c auth-fcgi/pairs.h \
	auth-fcgi/upstream.c auth-fcgi/upstream.h \
	auth-fcgi/request.c auth-fcgi/request.h \
	auth-fcgi/response.c auth-fcgi/response.h \
	auth-fcgi/revocation.c auth-fcgi/revocation.h \
	auth-fcgi/row.c auth-fcgi/row.h \
	auth-fcgi/session.c auth-fcgi/session.h \
	auth-fcgi/settings.c auth-fcgi/settings.h \
	auth-fcgi/signature.c auth-fcgi/signature.h \
	auth-fcgi/source.c auth-fcgi/source.h \
	auth-fcgi/source_authjs.c \
	auth-fcgi/source_better_auth.c \
	auth-fcgi/source_query.c \
	auth-fcgi/source_remote_user.c \
	auth-fcgi/source_table.c \
	auth-fcgi/session_store.c auth-fcgi/session_store.h \
	auth-fcgi/stored_time.c auth-fcgi/stored_time.h \
	auth-fcgi/worker.c auth-fcgi/worker.h

# What a program links that uses libauth.
AUTH_LIBS = libauth.a $(BELFRY_LIBS) $(FCGI_LIBS) -lpthread

# FastCGI servers look for it in libexec, administrators in sbin: one program,
# a link to it.
belfrylibexecdir = $(libexecdir)/belfry
belfrylibexec_PROGRAMS = belfry-auth

belfry_auth_SOURCES = auth-fcgi/main.c
belfry_auth_LDADD = $(AUTH_LIBS)

install-exec-hook:
	$(MKDIR_P) '$(DESTDIR)$(sbindir)'
	ln -sfr '$(DESTDIR)$(belfrylibexecdir)/belfry-auth' '$(DESTDIR)$(sbindir)/belfry-auth'

uninstall-hook:
	rm -f '$(DESTDIR)$(sbindir)/belfry-auth'
