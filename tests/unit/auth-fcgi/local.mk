# Unit tests of auth-fcgi.
check_PROGRAMS += \
	tests/unit/auth-fcgi/test_auth_statements \
	tests/unit/auth-fcgi/test_authjs \
	tests/unit/auth-fcgi/test_better_auth \
	tests/unit/auth-fcgi/test_cookie \
	tests/unit/auth-fcgi/test_credentials \
	tests/unit/auth-fcgi/test_linear \
	tests/unit/auth-fcgi/test_named_parameter \
	tests/unit/auth-fcgi/test_query \
	tests/unit/auth-fcgi/test_session_store \
	tests/unit/auth-fcgi/test_signature \
	tests/unit/auth-fcgi/test_stored_time \
	tests/unit/auth-fcgi/test_token_endpoint \
	tests/unit/auth-fcgi/test_token_pool \
	tests/unit/auth-fcgi/test_token_sessions

if POSTGRESQL
check_PROGRAMS += tests/unit/auth-fcgi/test_session_store_postgres
endif
