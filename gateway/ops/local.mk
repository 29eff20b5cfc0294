# ops: metrics, health, and signs of life for systemd.
noinst_LIBRARIES += libops.a

libops_a_SOURCES = \
	gateway/ops/connection_page.c gateway/ops/connection_page.h \
	gateway/ops/dashboard.c gateway/ops/dashboard.h \
	gateway/ops/exposition.c gateway/ops/exposition.h \
	gateway/ops/local_host.c gateway/ops/local_host.h \
	gateway/ops/metrics.c gateway/ops/metrics.h \
	gateway/ops/ops.c gateway/ops/ops.h \
	gateway/ops/watchdog.c gateway/ops/watchdog.h

# The administrator's page is written as HTML, CSS and JavaScript, and built in as text.
dashboard_files = \
	gateway/ops/dashboard/index.html gateway/ops/dashboard/style.css \
	gateway/ops/dashboard/main.js gateway/ops/dashboard/figures.js \
	gateway/ops/dashboard/plot.js
nodist_libops_a_SOURCES = gateway/ops/dashboard_files.c
EXTRA_DIST += $(dashboard_files)
CLEANFILES += $(nodist_libops_a_SOURCES)

gateway/ops/dashboard_files.c: $(dashboard_files)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && { \
		echo '#include "gateway/ops/dashboard.h"' && \
		for file in $(dashboard_files); do \
			name=$${file##*/} && \
			echo "const char dashboard_$${name%.*}[] =" && \
			$(SED) -e 's/[\\"]/\\&/g' -e 's/.*/    "&\\n"/' "$(srcdir)/$$file" && \
			echo ';' || exit 1; \
		done; } >$@.tmp && mv $@.tmp $@
