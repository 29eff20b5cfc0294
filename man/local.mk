# Manual pages, in mdoc: mandoc -T lint -W warning says nothing of them.
dist_man_MANS += \
	man/belfry.1 \
	man/belfry.7 \
	man/belfry-auth.8 \
	man/belfry-gateway.8 \
	man/belfry-publish.8 \
	man/belfry-publishing.7 \
	man/belfry-metrics.7 \
	man/belfry-postgres.7 \
	man/belfry-protocol.7 \
	man/belfry-queue.5 \
	man/belfry-sites.7 \
	man/belfry.conf.5
