# client: what runs in the browser. Nothing is compiled; the modules that make
# the bell are installed where a web server's alias finds them.

belfrydatadir = $(datadir)/belfry
dist_belfrydata_DATA = \
	client/src/backoff.js \
	client/src/bell-list.js \
	client/src/bell-parts.js \
	client/src/bell-style.js \
	client/src/bell-words.js \
	client/src/bell.js \
	client/src/burst.js \
	client/src/client.js \
	client/src/connection.js \
	client/src/debug.js \
	client/src/emitter.js \
	client/src/error.js \
	client/src/group.js \
	client/src/heartbeat.js \
	client/src/ids.js \
	client/src/inbox.js \
	client/src/index.js \
	client/src/leader.js \
	client/src/mailbox.js \
	client/src/paced.js \
	client/src/policy.js \
	client/src/quality.js \
	client/src/renewal.js \
	client/src/retry.js \
	client/src/shared.js \
	client/src/socket.js \
	client/src/subscriptions.js \
	client/src/token.js \
	client/src/wake.js

EXTRA_DIST += \
	client/.npmrc \
	client/README.md \
	client/demo/demo.css \
	client/demo/demo.js \
	client/demo/gauge.js \
	client/demo/icon.svg \
	client/demo/index.html \
	client/demo/notices.js \
	client/demo/page.js \
	client/demo/status.js \
	client/demo/talk.js \
	client/demo/theme.js \
	client/demo/tower.js \
	client/demo/wire.js \
	client/examples/getsetcookie.cjs \
	client/examples/nextjs.test.mjs \
	client/examples/nextjs/.gitignore \
	client/examples/nextjs/.npmrc \
	client/examples/nextjs/README.md \
	client/examples/nextjs/app/api/auth/[...nextauth]/route.js \
	client/examples/nextjs/app/api/websocket/auth/route.js \
	client/examples/nextjs/app/bell.js \
	client/examples/nextjs/app/layout.js \
	client/examples/nextjs/app/page.js \
	client/examples/nextjs/auth.js \
	client/examples/nextjs/next.config.mjs \
	client/examples/nextjs/package-lock.json \
	client/examples/nextjs/package.json \
	client/package-lock.json \
	client/package.json \
	client/react/conversation.js \
	client/react/index.d.ts \
	client/react/index.js \
	client/react/presence.js \
	client/react/store.js \
	client/react/system.js \
	client/react/tenure.js \
	client/src/bell.d.ts \
	client/src/index.d.ts \
	client/test/backoff.test.mjs \
	client/test/client.test.mjs \
	client/test/connection.test.mjs \
	client/test/emitter.test.mjs \
	client/test/heartbeat.test.mjs \
	client/test/inbox.test.mjs \
	client/test/quality.test.mjs \
	client/test/react.test.mjs \
	client/test/size.test.mjs \
	client/test/support/clock.mjs \
	client/test/support/fake-websocket.mjs \
	client/test/support/react.mjs \
	client/test/token.test.mjs \
	client/test/types.test.mjs \
	client/test/types/react.tsx \
	client/test/types/tsconfig.json \
	client/test/types/usage.ts \
	client/test/users.test.mjs \
	tests/e2e/browser/demo-access.test.mjs \
	tests/e2e/browser/demo-scene.mjs \
	tests/e2e/browser/demo.test.mjs \
	tests/e2e/browser/package.test.mjs \
	tests/e2e/browser/shared.test.mjs
