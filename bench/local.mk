# bench: the benchmarks. bench/run builds the load generator and the limit of the machine, and runs
# them; nothing of this is installed. They are built with everything else, so that they go on building.
noinst_LIBRARIES += libload.a
noinst_PROGRAMS += bench/load/load bench/limit/limit

libload_a_SOURCES = \
	bench/load/crowd.c \
	bench/load/crowd.h \
	bench/load/dialect.h \
	bench/load/dialect_events.c \
	bench/load/dialect_mqtt.c \
	bench/load/dialect_nats.c \
	bench/load/dialect_nchan.c \
	bench/load/dialect_plain.c \
	bench/load/dialect_polling.c \
	bench/load/dialect_socketio.c \
	bench/load/dialect_websocket.c \
	bench/load/dialects.c \
	bench/load/flow.c \
	bench/load/flow.h \
	bench/load/histogram.c \
	bench/load/histogram.h \
	bench/load/ledger.c \
	bench/load/ledger.h \
	bench/load/link.c \
	bench/load/link.h \
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
	bench/load/prepare.c \
	bench/load/prepare.h \
	bench/load/report.c \
	bench/load/report.h \
	bench/load/row_writer.c \
	bench/load/row_writer.h \
	bench/load/row_writer_sqlite.c \
	bench/load/source.h \
	bench/load/source_queue.c \
	bench/load/source_wire.c \
	bench/load/stamp.c \
	bench/load/stamp.h \
	bench/load/token_maker.c \
	bench/load/token_maker.h \
	bench/load/watched.c \
	bench/load/watched.h \
	bench/load/ws_frame.c \
	bench/load/ws_frame.h

if POSTGRESQL
libload_a_SOURCES += bench/load/row_writer_postgres.c
endif

bench_load_load_SOURCES = bench/load/main.c
bench_load_load_LDADD = libload.a $(BELFRY_LIBS) -lm

bench_limit_limit_SOURCES = bench/limit/limit.c
bench_limit_limit_LDADD = libload.a $(BELFRY_LIBS)

# What is measured is written to bench/results, whose files come and go.
EXTRA_DIST += \
	bench/.npmrc \
	bench/README.md \
	bench/benches/auth.mjs \
	bench/benches/busy.mjs \
	bench/benches/chat.mjs \
	bench/benches/connections.mjs \
	bench/benches/echo.mjs \
	bench/benches/fanout.mjs \
	bench/benches/file.mjs \
	bench/benches/idle-memory.mjs \
	bench/benches/inbox-cost.mjs \
	bench/benches/latency.mjs \
	bench/benches/polling.mjs \
	bench/benches/postgres.mjs \
	bench/benches/publish.mjs \
	bench/benches/rest.mjs \
	bench/benches/rows.mjs \
	bench/benches/subscribers.mjs \
	bench/benches/sustained.mjs \
	bench/lib/busy-inbox.mjs \
	bench/lib/compare.mjs \
	bench/lib/load.mjs \
	bench/lib/machine.mjs \
	bench/lib/numbers.mjs \
	bench/lib/pollers.mjs \
	bench/lib/postgres.mjs \
	bench/lib/process.mjs \
	bench/lib/report.mjs \
	bench/lib/results.mjs \
	bench/lib/rig.mjs \
	bench/lib/ring.mjs \
	bench/lib/rounds.mjs \
	bench/lib/scope.mjs \
	bench/lib/streams.mjs \
	bench/lib/wrk.mjs \
	bench/main.mjs \
	bench/package-lock.json \
	bench/package.json \
	bench/peers/auth.mjs \
	bench/peers/publish.lua \
	bench/peers/publish.mjs \
	bench/peers/sessions.lua \
	bench/peers/socketio-postgres.mjs \
	bench/peers/socketio-topics.mjs \
	bench/peers/socketio.mjs \
	bench/peers/websocket-bun.mjs \
	bench/peers/websocket-ws.mjs \
	bench/results \
	bench/run \
	bench/sides.mjs
