# Unit tests of auth, and of the rules that it shares with the gateway.
auth_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(FCGI_CFLAGS) $(SQLITE_CFLAGS) $(JANSSON_CFLAGS)
auth_test_libs = $(AUTH_LIBS) $(CMOCKA_LIBS)
auth_test_files = tests/unit/files.c tests/unit/files.h
auth_test_site = $(auth_test_files) tests/unit/auth_fixture.c tests/unit/auth_fixture.h
auth_test_records = tests/unit/auth_records.c tests/unit/auth_records.h

EXTRA_DIST += tests/unit/authjs_vectors.mjs

check_PROGRAMS += tests/unit/test_origin
tests_unit_test_origin_SOURCES = tests/unit/test_origin.c
tests_unit_test_origin_CFLAGS = $(auth_test_cflags)
tests_unit_test_origin_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_proxies
tests_unit_test_proxies_SOURCES = tests/unit/test_proxies.c
tests_unit_test_proxies_CFLAGS = $(auth_test_cflags)
tests_unit_test_proxies_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_linear_auth
tests_unit_test_linear_auth_SOURCES = tests/unit/test_linear_auth.c \
	tests/unit/linear.c tests/unit/linear.h
tests_unit_test_linear_auth_CFLAGS = $(auth_test_cflags)
tests_unit_test_linear_auth_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_auth_cookie
tests_unit_test_auth_cookie_SOURCES = tests/unit/test_auth_cookie.c $(auth_test_files)
tests_unit_test_auth_cookie_CFLAGS = $(auth_test_cflags)
tests_unit_test_auth_cookie_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_stored_time
tests_unit_test_stored_time_SOURCES = tests/unit/test_stored_time.c $(auth_test_files)
tests_unit_test_stored_time_CFLAGS = $(auth_test_cflags)
tests_unit_test_stored_time_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_auth_request
tests_unit_test_auth_request_SOURCES = tests/unit/test_auth_request.c $(auth_test_files)
tests_unit_test_auth_request_CFLAGS = $(auth_test_cflags)
tests_unit_test_auth_request_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_auth_pairs
tests_unit_test_auth_pairs_SOURCES = tests/unit/test_auth_pairs.c $(auth_test_files)
tests_unit_test_auth_pairs_CFLAGS = $(auth_test_cflags)
tests_unit_test_auth_pairs_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_auth_intake
tests_unit_test_auth_intake_SOURCES = tests/unit/test_auth_intake.c $(auth_test_files) $(auth_test_records)
tests_unit_test_auth_intake_CFLAGS = $(auth_test_cflags)
tests_unit_test_auth_intake_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_auth_signature
tests_unit_test_auth_signature_SOURCES = tests/unit/test_auth_signature.c $(auth_test_files)
tests_unit_test_auth_signature_CFLAGS = $(auth_test_cflags)
tests_unit_test_auth_signature_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_auth_endpoint
tests_unit_test_auth_endpoint_SOURCES = tests/unit/test_auth_endpoint.c $(auth_test_site)
tests_unit_test_auth_endpoint_CFLAGS = $(auth_test_cflags)
tests_unit_test_auth_endpoint_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_session_tables
tests_unit_test_session_tables_SOURCES = tests/unit/test_session_tables.c $(auth_test_site)
tests_unit_test_session_tables_CFLAGS = $(auth_test_cflags)
tests_unit_test_session_tables_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_auth_store
tests_unit_test_auth_store_SOURCES = tests/unit/test_auth_store.c $(auth_test_site)
tests_unit_test_auth_store_CFLAGS = $(auth_test_cflags)
tests_unit_test_auth_store_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_auth_better_auth
tests_unit_test_auth_better_auth_SOURCES = tests/unit/test_auth_better_auth.c $(auth_test_site)
tests_unit_test_auth_better_auth_CFLAGS = $(auth_test_cflags)
tests_unit_test_auth_better_auth_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_auth_query
tests_unit_test_auth_query_SOURCES = tests/unit/test_auth_query.c $(auth_test_site)
tests_unit_test_auth_query_CFLAGS = $(auth_test_cflags)
tests_unit_test_auth_query_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_auth_listener
tests_unit_test_auth_listener_SOURCES = tests/unit/test_auth_listener.c $(auth_test_site)
tests_unit_test_auth_listener_CFLAGS = $(auth_test_cflags)
tests_unit_test_auth_listener_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_auth_peer
tests_unit_test_auth_peer_SOURCES = tests/unit/test_auth_peer.c $(auth_test_site) $(auth_test_records)
tests_unit_test_auth_peer_CFLAGS = $(auth_test_cflags)
tests_unit_test_auth_peer_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_auth_worker
tests_unit_test_auth_worker_SOURCES = tests/unit/test_auth_worker.c $(auth_test_site) $(auth_test_records)
tests_unit_test_auth_worker_CFLAGS = $(auth_test_cflags)
tests_unit_test_auth_worker_LDADD = $(auth_test_libs)

check_PROGRAMS += tests/unit/test_auth_authjs
tests_unit_test_auth_authjs_SOURCES = tests/unit/test_auth_authjs.c $(auth_test_site) \
	tests/unit/authjs_vectors.h
tests_unit_test_auth_authjs_CFLAGS = $(auth_test_cflags)
tests_unit_test_auth_authjs_LDADD = $(auth_test_libs)
