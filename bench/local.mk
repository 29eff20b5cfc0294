# bench: the benchmarks. bench/run builds the probe and runs them; nothing of this
# is installed. The probe is built with everything else, so that it goes on building.
noinst_PROGRAMS += bench/probe

# The load generator, and the limit of the machine.
noinst_PROGRAMS += bench/load/load bench/limit/limit

bench_load_load_SOURCES = \
	bench/load/crowd.c \
	bench/load/crowd.h \
	bench/load/dialect.h \
	bench/load/dialect_mqtt.c \
	bench/load/dialect_nats.c \
	bench/load/dialect_nchan.c \
	bench/load/dialect_plain.c \
	bench/load/dialect_socketio.c \
	bench/load/dialect_websocket.c \
	bench/load/dialects.c \
	bench/load/flow.c \
	bench/load/flow.h \
	bench/load/frame.c \
	bench/load/frame.h \
	bench/load/histogram.c \
	bench/load/histogram.h \
	bench/load/ledger.c \
	bench/load/ledger.h \
	bench/load/link.c \
	bench/load/link.h \
	bench/load/main.c \
	bench/load/member.c \
	bench/load/member.h \
	bench/load/mode.h \
	bench/load/mode_connect.c \
	bench/load/mode_echo.c \
	bench/load/mode_flow.c \
	bench/load/modes.c \
	bench/load/names.c \
	bench/load/names.h \
	bench/load/now.h \
	bench/load/options.c \
	bench/load/options.h \
	bench/load/pace.c \
	bench/load/pace.h \
	bench/load/phase.c \
	bench/load/phase.h \
	bench/load/report.c \
	bench/load/report.h \
	bench/load/source.h \
	bench/load/source_queue.c \
	bench/load/source_wire.c \
	bench/load/stamp.c \
	bench/load/stamp.h \
	bench/load/token_maker.c \
	bench/load/token_maker.h \
	bench/load/watched.c \
	bench/load/watched.h
bench_load_load_LDADD = $(BELFRY_LIBS) -lm

bench_limit_limit_SOURCES = \
	bench/limit/limit.c \
	bench/load/frame.c bench/load/frame.h
bench_limit_limit_LDADD = $(BELFRY_LIBS)

bench_probe_SOURCES = bench/probe.c
bench_probe_LDADD = $(ADMIN_LIBS)

EXTRA_DIST += \
	bench/.npmrc \
	bench/README.md \
	bench/RESULTS.md \
	bench/auth.mjs \
	bench/fanout.mjs \
	bench/idle-memory.mjs \
	bench/inbox-cost.mjs \
	bench/latency.mjs \
	bench/lib/busy-inbox.mjs \
	bench/lib/crowd.mjs \
	bench/lib/machine.mjs \
	bench/lib/numbers.mjs \
	bench/lib/pollers.mjs \
	bench/lib/process.mjs \
	bench/lib/rig.mjs \
	bench/lib/ring.mjs \
	bench/main.mjs \
	bench/package-lock.json \
	bench/package.json \
	bench/peers/auth.mjs \
	bench/peers/publish.lua \
	bench/peers/publish.mjs \
	bench/peers/sessions.lua \
	bench/peers/socketio.mjs \
	bench/polling.mjs \
	bench/publish.mjs \
	bench/run
