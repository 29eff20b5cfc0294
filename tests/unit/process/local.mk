# Unit tests of process.
check_PROGRAMS += \
	tests/unit/process/test_bequest \
	tests/unit/process/test_inherited \
	tests/unit/process/test_spawner
