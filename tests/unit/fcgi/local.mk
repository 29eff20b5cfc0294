# Unit tests of fcgi.
check_PROGRAMS += \
	tests/unit/fcgi/test_bridge \
	tests/unit/fcgi/test_cgi_request \
	tests/unit/fcgi/test_intake \
	tests/unit/fcgi/test_linear \
	tests/unit/fcgi/test_pairs \
	tests/unit/fcgi/test_pool \
	tests/unit/fcgi/test_pool_sizes \
	tests/unit/fcgi/test_program \
	tests/unit/fcgi/test_server_socket \
	tests/unit/fcgi/test_upstream
