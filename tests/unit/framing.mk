# Unit tests of framing.
check_PROGRAMS += \
	tests/unit/test_attachments \
	tests/unit/test_event \
	tests/unit/test_linear_framing \
	tests/unit/test_message \
	tests/unit/test_namespaces \
	tests/unit/test_packet \
	tests/unit/test_peer \
	tests/unit/test_peer_pings \
	tests/unit/test_spelling

framing_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS) $(UV_CFLAGS) $(CRYPTO_CFLAGS)
framing_test_libs = $(FRAMING_LIBS) $(CMOCKA_LIBS)

tests_unit_test_attachments_SOURCES = tests/unit/test_attachments.c
tests_unit_test_attachments_CFLAGS = $(framing_test_cflags)
tests_unit_test_attachments_LDADD = $(framing_test_libs)

tests_unit_test_event_SOURCES = tests/unit/test_event.c
tests_unit_test_event_CFLAGS = $(framing_test_cflags)
tests_unit_test_event_LDADD = $(framing_test_libs)

tests_unit_test_linear_framing_SOURCES = tests/unit/test_linear_framing.c \
	tests/unit/linear.c tests/unit/linear.h
tests_unit_test_linear_framing_CFLAGS = $(framing_test_cflags)
tests_unit_test_linear_framing_LDADD = $(framing_test_libs)

tests_unit_test_message_SOURCES = tests/unit/test_message.c
tests_unit_test_message_CFLAGS = $(framing_test_cflags)
tests_unit_test_message_LDADD = $(framing_test_libs)

tests_unit_test_namespaces_SOURCES = tests/unit/test_namespaces.c
tests_unit_test_namespaces_CFLAGS = $(framing_test_cflags)
tests_unit_test_namespaces_LDADD = $(framing_test_libs)

tests_unit_test_packet_SOURCES = tests/unit/test_packet.c
tests_unit_test_packet_CFLAGS = $(framing_test_cflags)
tests_unit_test_packet_LDADD = $(framing_test_libs)

tests_unit_test_spelling_SOURCES = tests/unit/test_spelling.c
tests_unit_test_spelling_CFLAGS = $(framing_test_cflags)
tests_unit_test_spelling_LDADD = $(framing_test_libs)

tests_unit_test_peer_SOURCES = tests/unit/test_peer.c tests/unit/peer_rig.c tests/unit/peer_rig.h
tests_unit_test_peer_CFLAGS = $(framing_test_cflags)
tests_unit_test_peer_LDADD = $(framing_test_libs)

tests_unit_test_peer_pings_SOURCES = tests/unit/test_peer_pings.c tests/unit/peer_rig.c tests/unit/peer_rig.h
tests_unit_test_peer_pings_CFLAGS = $(framing_test_cflags)
tests_unit_test_peer_pings_LDADD = $(framing_test_libs)
