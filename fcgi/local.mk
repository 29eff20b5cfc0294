# fcgi: what an HTTP endpoint of Belfry stands on, by FastCGI or CGI. Programs give it a
# struct endpoint_kind and have their main() from it.
noinst_LIBRARIES += libbelfryfcgi.a

libbelfryfcgi_a_SOURCES = \
	fcgi/bridge.c fcgi/bridge.h \
	fcgi/cgi.c fcgi/cgi.h \
	fcgi/cgi_request.c fcgi/cgi_request.h \
	fcgi/endpoint.h \
	fcgi/fastcgi.c fcgi/fastcgi.h \
	fcgi/intake.c fcgi/intake.h \
	fcgi/pairs.c fcgi/pairs.h \
	fcgi/params.c fcgi/params.h \
	fcgi/pool.c fcgi/pool.h \
	fcgi/pool_thread.c fcgi/pool_thread.h \
	fcgi/program.c fcgi/program.h \
	fcgi/program_check.c fcgi/program_check.h \
	fcgi/program_options.c fcgi/program_options.h \
	fcgi/program_sandbox.c fcgi/program_sandbox.h \
	fcgi/program_settings.c fcgi/program_settings.h \
	fcgi/responder.c fcgi/responder.h \
	fcgi/response.c fcgi/response.h \
	fcgi/server_socket.c fcgi/server_socket.h \
	fcgi/upstream.c fcgi/upstream.h

# What a program links that uses libbelfryfcgi.
ENDPOINT_LIBS = libbelfryfcgi.a $(BELFRY_LIBS) $(FCGI_LIBS) -lpthread

# FastCGI servers look for the programs in libexec, administrators in sbin: one program,
# a link to it.
belfrylibexecdir = $(libexecdir)/belfry
belfrylibexec_PROGRAMS =

install-exec-hook:
	$(MKDIR_P) '$(DESTDIR)$(sbindir)'
	for program in $(belfrylibexec_PROGRAMS); do \
	    ln -sfr "$(DESTDIR)$(belfrylibexecdir)/$$program" "$(DESTDIR)$(sbindir)/$$program" || exit 1; \
	done

uninstall-hook:
	for program in $(belfrylibexec_PROGRAMS); do rm -f "$(DESTDIR)$(sbindir)/$$program"; done
