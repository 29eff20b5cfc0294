# libFuzzer targets of framing and net.
if FUZZING
noinst_PROGRAMS += \
	tests/fuzz/fuzz_linear \
	tests/fuzz/fuzz_message \
	tests/fuzz/fuzz_packet \
	tests/fuzz/fuzz_polling_body \
	tests/fuzz/fuzz_upgrade \
	tests/fuzz/fuzz_websocket
endif

tests_fuzz_fuzz_message_SOURCES = tests/fuzz/fuzz_message.c
tests_fuzz_fuzz_message_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_message_LDADD = $(FRAMING_LIBS)

tests_fuzz_fuzz_packet_SOURCES = tests/fuzz/fuzz_packet.c
tests_fuzz_fuzz_packet_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_packet_LDADD = $(FRAMING_LIBS)

tests_fuzz_fuzz_polling_body_SOURCES = tests/fuzz/fuzz_polling_body.c
tests_fuzz_fuzz_polling_body_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_polling_body_LDADD = $(FRAMING_LIBS)

tests_fuzz_fuzz_linear_SOURCES = tests/fuzz/fuzz_linear.c
tests_fuzz_fuzz_linear_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_linear_LDADD = $(FRAMING_LIBS)

tests_fuzz_fuzz_upgrade_SOURCES = tests/fuzz/fuzz_upgrade.c
tests_fuzz_fuzz_upgrade_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_upgrade_LDADD = $(FRAMING_LIBS)

tests_fuzz_fuzz_websocket_SOURCES = tests/fuzz/fuzz_websocket.c
tests_fuzz_fuzz_websocket_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_websocket_LDADD = $(FRAMING_LIBS)
