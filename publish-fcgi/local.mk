# publish-fcgi: belfry-publish, a thin main over a library that the tests link too.
noinst_LIBRARIES += libpublish.a

libpublish_a_SOURCES = \
	publish-fcgi/access.c publish-fcgi/access.h \
	publish-fcgi/batch.c publish-fcgi/batch.h \
	publish-fcgi/body.c publish-fcgi/body.h \
	publish-fcgi/faults.c publish-fcgi/faults.h \
	publish-fcgi/notification.c publish-fcgi/notification.h \
	publish-fcgi/people.c publish-fcgi/people.h \
	publish-fcgi/publish_endpoint.c publish-fcgi/publish_endpoint.h \
	publish-fcgi/queue.c publish-fcgi/queue.h \
	publish-fcgi/queue_choice.c publish-fcgi/queue_choice.h \
	publish-fcgi/queue_sqlite.c publish-fcgi/queue_sqlite.h \
	publish-fcgi/rate.c publish-fcgi/rate.h \
	publish-fcgi/remembered.c publish-fcgi/remembered.h \
	publish-fcgi/reply.c publish-fcgi/reply.h \
	publish-fcgi/request.c publish-fcgi/request.h \
	publish-fcgi/turn.c publish-fcgi/turn.h \
	publish-fcgi/writer.c publish-fcgi/writer.h

if POSTGRESQL
libpublish_a_SOURCES += publish-fcgi/queue_postgres.c publish-fcgi/queue_postgres.h
endif

# What a program links that uses libpublish.
PUBLISH_LIBS = libpublish.a $(ENDPOINT_LIBS)

belfrylibexec_PROGRAMS += belfry-publish

belfry_publish_SOURCES = publish-fcgi/main.c
belfry_publish_LDADD = $(PUBLISH_LIBS)
