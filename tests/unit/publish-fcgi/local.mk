# Unit tests of publish-fcgi.
check_PROGRAMS += \
	tests/unit/publish-fcgi/test_publish_access \
	tests/unit/publish-fcgi/test_publish_again \
	tests/unit/publish-fcgi/test_publish_rows \
	tests/unit/publish-fcgi/test_publish_single \
	tests/unit/publish-fcgi/test_publish_statements \
	tests/unit/publish-fcgi/test_publish_writer
