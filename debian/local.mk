# debian: the packages of Debian.
EXTRA_DIST += \
	debian/belfry-client.docs \
	debian/belfry-client.install \
	debian/belfry-client.links \
	debian/belfry.README.Debian \
	debian/belfry.docs \
	debian/belfry.postinst \
	debian/belfry.postrm \
	debian/belfry.prerm \
	debian/changelog \
	debian/control \
	debian/copyright \
	debian/rules \
	debian/source/format \
	debian/source/options
