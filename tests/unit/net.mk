# Unit tests of net.
check_PROGRAMS += \
	tests/unit/test_connection \
	tests/unit/test_frame \
	tests/unit/test_handshake \
	tests/unit/test_listener \
	tests/unit/test_outbox \
	tests/unit/test_server \
	tests/unit/test_session \
	tests/unit/test_upgrade \
	tests/unit/test_websocket \
	tests/unit/test_wheel

net_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(UV_CFLAGS)
net_test_libs = $(NET_LIBS) $(BELFRY_LIBS) $(CMOCKA_LIBS)

tests_unit_test_connection_SOURCES = tests/unit/test_connection.c \
	tests/unit/net_fixture.c tests/unit/net_fixture.h
tests_unit_test_connection_CFLAGS = $(net_test_cflags)
tests_unit_test_connection_LDADD = $(net_test_libs)

tests_unit_test_frame_SOURCES = tests/unit/test_frame.c
tests_unit_test_frame_CFLAGS = $(net_test_cflags)
tests_unit_test_frame_LDADD = $(net_test_libs)

tests_unit_test_server_SOURCES = tests/unit/test_server.c \
	tests/unit/net_fixture.c tests/unit/net_fixture.h
tests_unit_test_server_CFLAGS = $(net_test_cflags)
tests_unit_test_server_LDADD = $(net_test_libs)

tests_unit_test_upgrade_SOURCES = tests/unit/test_upgrade.c
tests_unit_test_upgrade_CFLAGS = $(net_test_cflags)
tests_unit_test_upgrade_LDADD = $(net_test_libs)

tests_unit_test_websocket_SOURCES = tests/unit/test_websocket.c
tests_unit_test_websocket_CFLAGS = $(net_test_cflags)
tests_unit_test_websocket_LDADD = $(net_test_libs)

tests_unit_test_wheel_SOURCES = tests/unit/test_wheel.c
tests_unit_test_wheel_CFLAGS = $(net_test_cflags)
tests_unit_test_wheel_LDADD = $(net_test_libs)

tests_unit_test_handshake_SOURCES = tests/unit/test_handshake.c \
	tests/unit/net_fixture.c tests/unit/net_fixture.h
tests_unit_test_handshake_CFLAGS = $(net_test_cflags)
tests_unit_test_handshake_LDADD = $(net_test_libs)

tests_unit_test_listener_SOURCES = tests/unit/test_listener.c \
	tests/unit/net_fixture.c tests/unit/net_fixture.h
tests_unit_test_listener_CFLAGS = $(net_test_cflags)
tests_unit_test_listener_LDADD = $(net_test_libs)

tests_unit_test_outbox_SOURCES = tests/unit/test_outbox.c \
	tests/unit/net_fixture.c tests/unit/net_fixture.h
tests_unit_test_outbox_CFLAGS = $(net_test_cflags)
tests_unit_test_outbox_LDADD = $(net_test_libs)

tests_unit_test_session_SOURCES = tests/unit/test_session.c \
	tests/unit/net_fixture.c tests/unit/net_fixture.h
tests_unit_test_session_CFLAGS = $(net_test_cflags)
tests_unit_test_session_LDADD = $(net_test_libs)
