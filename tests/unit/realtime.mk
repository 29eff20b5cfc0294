# Unit tests of realtime and delivery.

check_PROGRAMS += tests/unit/test_hub
tests_unit_test_hub_SOURCES = tests/unit/test_hub.c
tests_unit_test_hub_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_hub_LDADD = librealtime.a $(BELFRY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_fanout
tests_unit_test_fanout_SOURCES = tests/unit/test_fanout.c
tests_unit_test_fanout_CFLAGS = $(AM_CFLAGS) $(UV_CFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_fanout_LDADD = librealtime.a $(FRAMING_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_input
tests_unit_test_input_SOURCES = tests/unit/test_input.c
tests_unit_test_input_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_input_LDADD = librealtime.a $(BELFRY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_rate
tests_unit_test_rate_SOURCES = tests/unit/test_rate.c
tests_unit_test_rate_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_rate_LDADD = librealtime.a $(BELFRY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_topic
tests_unit_test_topic_SOURCES = tests/unit/test_topic.c
tests_unit_test_topic_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_topic_LDADD = librealtime.a $(BELFRY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_window
tests_unit_test_window_SOURCES = tests/unit/test_window.c
tests_unit_test_window_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_window_LDADD = libdelivery.a $(BELFRY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_again
tests_unit_test_again_SOURCES = tests/unit/test_again.c
tests_unit_test_again_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_again_LDADD = libdelivery.a $(BELFRY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_fresh
tests_unit_test_fresh_SOURCES = tests/unit/test_fresh.c
tests_unit_test_fresh_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_fresh_LDADD = libdelivery.a $(BELFRY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_presence_round
tests_unit_test_presence_round_SOURCES = tests/unit/test_presence_round.c
tests_unit_test_presence_round_CFLAGS = $(AM_CFLAGS) $(UV_CFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_presence_round_LDADD = $(GATEWAY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_delivery
tests_unit_test_delivery_SOURCES = tests/unit/test_delivery.c $(queue_test_rig)
tests_unit_test_delivery_CFLAGS = $(queue_test_cflags)
tests_unit_test_delivery_LDADD = libdelivery.a $(QUEUE_LIBS) $(FRAMING_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_contacts
tests_unit_test_contacts_SOURCES = tests/unit/test_contacts.c
tests_unit_test_contacts_CFLAGS = $(AM_CFLAGS) $(UV_CFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_contacts_LDADD = $(GATEWAY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_presence_state
tests_unit_test_presence_state_SOURCES = tests/unit/test_presence_state.c
tests_unit_test_presence_state_CFLAGS = $(AM_CFLAGS) $(UV_CFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_presence_state_LDADD = $(GATEWAY_LIBS) $(CMOCKA_LIBS)
