# deploy: examples for web servers, systemd and Prometheus, installed beside
# the documentation. The units go where systemd finds them with
# --with-systemdsystemunitdir.

examplesdir = $(docdir)/examples
dist_examples_DATA = \
	deploy/Caddyfile \
	deploy/apache-cgi.conf \
	deploy/apache.conf \
	deploy/belfry.conf \
	deploy/lighttpd.conf \
	deploy/nginx-gateways.conf \
	deploy/nginx.conf \
	deploy/examples/belfry_token.py \
	deploy/examples/django_token.py \
	deploy/examples/laravel.php \
	deploy/examples/notify.mjs \
	deploy/examples/notify.php \
	deploy/examples/notify.py \
	deploy/examples/websocket-auth.mjs \
	deploy/examples/websocket-auth.php \
	deploy/examples/websocket_auth_controller.rb \
	deploy/examples/wordpress.php \
	deploy/grafana/belfry.json \
	deploy/prometheus/alerts.yml \
	deploy/prometheus/alerts_test.yml \
	deploy/prometheus/scrape.yml \
	deploy/systemd/belfry-auth.socket \
	deploy/systemd/belfry-gateway.socket \
	deploy/systemd/belfry-publish.socket \
	deploy/systemd/belfry.sysusers \
	deploy/systemd/belfry.tmpfiles

units = deploy/systemd/belfry-auth.service deploy/systemd/belfry-gateway.service \
	deploy/systemd/belfry-publish.service

nodist_examples_DATA = $(units)
if SYSTEMD
nodist_systemdsystemunit_DATA = $(units) deploy/systemd/belfry-auth.socket \
	deploy/systemd/belfry-gateway.socket deploy/systemd/belfry-publish.socket
endif

EXTRA_DIST += \
	deploy/container/Containerfile \
	deploy/container/compose.yaml \
	deploy/container/nginx.conf \
	deploy/systemd/belfry-auth.service.in \
	deploy/systemd/belfry-gateway.service.in \
	deploy/systemd/belfry-publish.service.in
CLEANFILES += $(units)

deploy/systemd/belfry-auth.service: deploy/systemd/belfry-auth.service.in
deploy/systemd/belfry-gateway.service: deploy/systemd/belfry-gateway.service.in
deploy/systemd/belfry-publish.service: deploy/systemd/belfry-publish.service.in
$(units): Makefile
	$(AM_V_GEN)$(MKDIR_P) deploy/systemd && \
	$(SED) -e 's|@sbindir[@]|$(sbindir)|' -e 's|@systemd254[@]|$(systemd254)|' $(srcdir)/$@.in >$@
