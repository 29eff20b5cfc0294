# The protocol stack alone, serving echoes to conformance suites.
noinst_PROGRAMS += tests/conformance/echo_server

tests_conformance_echo_server_SOURCES = \
	tests/conformance/echo_server.c \
	tests/conformance/engineio_echo.c tests/conformance/engineio_echo.h \
	tests/conformance/options.c tests/conformance/options.h \
	tests/conformance/socketio_echo.c tests/conformance/socketio_echo.h \
	tests/conformance/websocket_echo.c tests/conformance/websocket_echo.h
tests_conformance_echo_server_LDADD = $(FRAMING_LIBS)

EXTRA_DIST += \
	tests/e2e/conformance/echo.mjs \
	tests/e2e/conformance/engineio.test.mjs \
	tests/e2e/conformance/plain.test.mjs \
	tests/e2e/conformance/socketio.test.mjs \
	tests/e2e/conformance/websocket.test.mjs
