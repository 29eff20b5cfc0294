# bench: the benchmarks. bench/run builds the probe and runs them; nothing of this
# is installed. The probe is built with everything else, so that it goes on building.
noinst_PROGRAMS += bench/probe

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
