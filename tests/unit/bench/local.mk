# Unit tests of the load generator.
check_PROGRAMS += \
	tests/unit/bench/test_histogram \
	tests/unit/bench/test_ledger \
	tests/unit/bench/test_options \
	tests/unit/bench/test_pace \
	tests/unit/bench/test_stamp \
	tests/unit/bench/test_ws_frame
