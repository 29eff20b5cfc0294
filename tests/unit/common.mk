# Unit tests of common.
check_PROGRAMS += \
	tests/unit/test_base64url \
	tests/unit/test_buf \
	tests/unit/test_clock \
	tests/unit/test_config \
	tests/unit/test_json \
	tests/unit/test_linear \
	tests/unit/test_log \
	tests/unit/test_log_pace \
	tests/unit/test_memory \
	tests/unit/test_reason \
	tests/unit/test_secret \
	tests/unit/test_text \
	tests/unit/test_token \
	tests/unit/test_token_claims \
	tests/unit/test_token_issue \
	tests/unit/test_trust

common_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)
common_test_libs = $(BELFRY_LIBS) $(CMOCKA_LIBS)

tests_unit_test_buf_SOURCES = tests/unit/test_buf.c
tests_unit_test_buf_CFLAGS = $(common_test_cflags)
tests_unit_test_buf_LDADD = $(common_test_libs)

tests_unit_test_clock_SOURCES = tests/unit/test_clock.c
tests_unit_test_clock_CFLAGS = $(common_test_cflags)
tests_unit_test_clock_LDADD = $(common_test_libs)

tests_unit_test_config_SOURCES = tests/unit/test_config.c
tests_unit_test_config_CFLAGS = $(common_test_cflags)
tests_unit_test_config_LDADD = $(common_test_libs)

tests_unit_test_json_SOURCES = tests/unit/test_json.c
tests_unit_test_json_CFLAGS = $(common_test_cflags)
tests_unit_test_json_LDADD = $(common_test_libs)

tests_unit_test_linear_SOURCES = tests/unit/test_linear.c tests/unit/linear.c tests/unit/linear.h
tests_unit_test_linear_CFLAGS = $(common_test_cflags)
tests_unit_test_linear_LDADD = $(common_test_libs)

tests_unit_test_log_pace_SOURCES = tests/unit/test_log_pace.c
tests_unit_test_log_pace_CFLAGS = $(common_test_cflags)
tests_unit_test_log_pace_LDADD = $(common_test_libs)

tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_CFLAGS = $(common_test_cflags)
tests_unit_test_log_LDADD = $(common_test_libs)

tests_unit_test_reason_SOURCES = tests/unit/test_reason.c
tests_unit_test_reason_CFLAGS = $(common_test_cflags)
tests_unit_test_reason_LDADD = $(common_test_libs)

tests_unit_test_secret_SOURCES = tests/unit/test_secret.c
tests_unit_test_secret_CFLAGS = $(common_test_cflags)
tests_unit_test_secret_LDADD = $(common_test_libs)

tests_unit_test_text_SOURCES = tests/unit/test_text.c
tests_unit_test_text_CFLAGS = $(common_test_cflags)
tests_unit_test_text_LDADD = $(common_test_libs)

tests_unit_test_base64url_SOURCES = tests/unit/test_base64url.c
tests_unit_test_base64url_CFLAGS = $(common_test_cflags)
tests_unit_test_base64url_LDADD = $(common_test_libs)

token_fixture = tests/unit/token_fixture.c tests/unit/token_fixture.h

tests_unit_test_token_SOURCES = tests/unit/test_token.c $(token_fixture)
tests_unit_test_token_CFLAGS = $(common_test_cflags)
tests_unit_test_token_LDADD = $(common_test_libs)

tests_unit_test_token_claims_SOURCES = tests/unit/test_token_claims.c $(token_fixture)
tests_unit_test_token_claims_CFLAGS = $(common_test_cflags)
tests_unit_test_token_claims_LDADD = $(common_test_libs)

tests_unit_test_token_issue_SOURCES = tests/unit/test_token_issue.c $(token_fixture)
tests_unit_test_token_issue_CFLAGS = $(common_test_cflags)
tests_unit_test_token_issue_LDADD = $(common_test_libs)

tests_unit_test_trust_SOURCES = tests/unit/test_trust.c tests/unit/files.c tests/unit/files.h
tests_unit_test_trust_CFLAGS = $(common_test_cflags)
tests_unit_test_trust_LDADD = $(common_test_libs)

tests_unit_test_memory_SOURCES = tests/unit/test_memory.c
tests_unit_test_memory_CFLAGS = $(common_test_cflags)
tests_unit_test_memory_LDADD = $(common_test_libs)
