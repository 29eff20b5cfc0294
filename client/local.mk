# client: what runs in the browser. Nothing is compiled; the modules that make
# the bell are installed where a web server's alias finds them.

belfrydatadir = $(datadir)/belfry
dist_belfrydata_DATA = \
	client/src/backoff.js \
	client/src/client.js \
	client/src/connection.js \
	client/src/debug.js \
	client/src/emitter.js \
	client/src/error.js \
	client/src/heartbeat.js \
	client/src/ids.js \
	client/src/inbox.js \
	client/src/index.js \
	client/src/quality.js \
	client/src/socket.js \
	client/src/subscriptions.js \
	client/src/token.js

EXTRA_DIST += \
	client/demo/demo.css \
	client/demo/demo.js \
	client/demo/gauge.js \
	client/demo/icon.svg \
	client/demo/index.html \
	client/demo/notices.js \
	client/demo/page.js \
	client/demo/talk.js \
	client/demo/tower.js \
	client/demo/wire.js \
	client/package.json \
	client/test/support/fake-gateway.mjs
