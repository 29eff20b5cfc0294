# libFuzzer targets of framing.
if FUZZING
noinst_PROGRAMS += \
	tests/fuzz/fuzz_message \
	tests/fuzz/fuzz_packet
endif

tests_fuzz_fuzz_message_SOURCES = tests/fuzz/fuzz_message.c
tests_fuzz_fuzz_message_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_message_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_message_LDADD = $(FRAMING_LIBS)

tests_fuzz_fuzz_packet_SOURCES = tests/fuzz/fuzz_packet.c
tests_fuzz_fuzz_packet_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_packet_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_packet_LDADD = $(FRAMING_LIBS)
