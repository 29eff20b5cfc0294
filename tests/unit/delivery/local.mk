# Unit tests of delivery.
check_PROGRAMS += \
	tests/unit/delivery/test_again \
	tests/unit/delivery/test_delivery \
	tests/unit/delivery/test_delivery_times \
	tests/unit/delivery/test_fresh \
	tests/unit/delivery/test_recent \
	tests/unit/delivery/test_trail \
	tests/unit/delivery/test_window

if POSTGRESQL
check_PROGRAMS += \
	tests/unit/delivery/test_postgres_delivery
endif
