# scripts, and the end-to-end tests that they run: both work from the tarball
# as from a clone.
EXTRA_DIST += \
	scripts/demo \
	scripts/demo-session \
	scripts/lib.sh \
	scripts/packages \
	scripts/test \
	tests/e2e/.npmrc \
	tests/e2e/authjs.test.mjs \
	tests/e2e/broadcasts.test.mjs \
	tests/e2e/client-conversations.test.mjs \
	tests/e2e/client.test.mjs \
	tests/e2e/command.test.mjs \
	tests/e2e/connect.test.mjs \
	tests/e2e/conversations.test.mjs \
	tests/e2e/delivery.test.mjs \
	tests/e2e/demo.test.mjs \
	tests/e2e/devices.test.mjs \
	tests/e2e/endpoint.test.mjs \
	tests/e2e/events.test.mjs \
	tests/e2e/harness.mjs \
	tests/e2e/http.test.mjs \
	tests/e2e/lib/belfry.mjs \
	tests/e2e/lib/browser.mjs \
	tests/e2e/lib/clients.mjs \
	tests/e2e/lib/demo.mjs \
	tests/e2e/lib/end.mjs \
	tests/e2e/lib/port.mjs \
	tests/e2e/lib/program.mjs \
	tests/e2e/lib/site.mjs \
	tests/e2e/lib/wait.mjs \
	tests/e2e/lib/web.mjs \
	tests/e2e/life.test.mjs \
	tests/e2e/logout.test.mjs \
	tests/e2e/limits.test.mjs \
	tests/e2e/model.test.mjs \
	tests/e2e/notify.test.mjs \
	tests/e2e/package-lock.json \
	tests/e2e/package.json \
	tests/e2e/plain.test.mjs \
	tests/e2e/presence.test.mjs \
	tests/e2e/refusals.test.mjs \
	tests/e2e/rights.test.mjs \
	tests/e2e/sessions.test.mjs \
	tests/e2e/tokens.test.mjs
