# Unit tests of ops.
check_PROGRAMS += \
	tests/unit/ops/test_exposition \
	tests/unit/ops/test_local_host \
	tests/unit/ops/test_metrics \
	tests/unit/ops/test_ops \
	tests/unit/ops/test_watchdog
