# Unit tests with cmocka: one program per module, in the folder of its room, whose
# local.mk lists it in one line. All of them link the rigs and the libraries of
# every program; the linker takes what they use.
check_LIBRARIES = tests/unit/librig.a
LDADD = tests/unit/librig.a libload.a $(GATEWAY_LIBS) $(ADMIN_LIBS) $(AUTH_LIBS) $(PUBLISH_LIBS) $(CMOCKA_LIBS) -lm

tests_unit_librig_a_SOURCES = \
	tests/unit/admin/command_line.c tests/unit/admin/command_line.h \
	tests/unit/auth-fcgi/auth_fixture.c tests/unit/auth-fcgi/auth_fixture.h \
	tests/unit/common/config_fixture.c tests/unit/common/config_fixture.h \
	tests/unit/common/token_fixture.c tests/unit/common/token_fixture.h \
	tests/unit/delivery/delivery_rig.c tests/unit/delivery/delivery_rig.h \
	tests/unit/fcgi/echo_endpoint.c tests/unit/fcgi/echo_endpoint.h \
	tests/unit/fcgi/fcgi_records.c tests/unit/fcgi/fcgi_records.h \
	tests/unit/fcgi/pool_rig.c tests/unit/fcgi/pool_rig.h \
	tests/unit/fcgi/pool_scene.c tests/unit/fcgi/pool_scene.h \
	tests/unit/files.c tests/unit/files.h \
	tests/unit/framing/peer_rig.c tests/unit/framing/peer_rig.h \
	tests/unit/framing/poller.c tests/unit/framing/poller.h \
	tests/unit/framing/request_client.c tests/unit/framing/request_client.h \
	tests/unit/linear.c tests/unit/linear.h \
	tests/unit/net/exchange_fixture.c tests/unit/net/exchange_fixture.h \
	tests/unit/net/net_fixture.c tests/unit/net/net_fixture.h \
	tests/unit/publish-fcgi/publish_rig.c tests/unit/publish-fcgi/publish_rig.h \
	tests/unit/queue_file.c tests/unit/queue_file.h \
	tests/unit/queue_rig.c tests/unit/queue_rig.h \
	tests/unit/realtime/realtime_rig.c tests/unit/realtime/realtime_rig.h \
	tests/unit/store/logout_rig.c tests/unit/store/logout_rig.h \
	tests/unit/store/rig_requests.c tests/unit/store/rig_requests.h \
	tests/unit/store/store_rig.c tests/unit/store/store_rig.h \
	tests/unit/store/topics_rig.c tests/unit/store/topics_rig.h \
	tests/unit/wire_client.c tests/unit/wire_client.h \
	tests/unit/auth-fcgi/authjs_vectors.h

if POSTGRESQL
tests_unit_librig_a_SOURCES += \
	tests/unit/postgres_server.c tests/unit/postgres_server.h \
	tests/unit/store/engine_scene.c tests/unit/store/engine_scene.h \
	tests/unit/store/postgres_rig.c tests/unit/store/postgres_rig.h
endif

EXTRA_DIST += tests/unit/auth-fcgi/authjs_vectors.mjs

# make starts them in this order: where a program takes the longest comes first, so that none is
# waited for alone in the end.
include tests/unit/store/local.mk
include tests/unit/admin/local.mk
include tests/unit/realtime/local.mk
include tests/unit/delivery/local.mk
include tests/unit/publish-fcgi/local.mk
include tests/unit/common/local.mk
include tests/unit/auth-fcgi/local.mk
include tests/unit/fcgi/local.mk
include tests/unit/framing/local.mk
include tests/unit/net/local.mk
include tests/unit/ops/local.mk
include tests/unit/process/local.mk
include tests/unit/bench/local.mk
