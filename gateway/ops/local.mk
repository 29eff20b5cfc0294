# ops: metrics, health, and what systemd is told.
noinst_LIBRARIES += libops.a

libops_a_SOURCES = \
	gateway/ops/connection_page.c gateway/ops/connection_page.h \
	gateway/ops/exposition.c gateway/ops/exposition.h \
	gateway/ops/metrics.c gateway/ops/metrics.h \
	gateway/ops/notify.c gateway/ops/notify.h \
	gateway/ops/ops.c gateway/ops/ops.h
