# delivery: what each connection is owed of notifications, in bounds and confirmed.
noinst_LIBRARIES += libdelivery.a

libdelivery_a_SOURCES = \
	gateway/delivery/again.c gateway/delivery/again.h \
	gateway/delivery/delivery.c gateway/delivery/delivery.h \
	gateway/delivery/delivery_times.c gateway/delivery/delivery_times.h \
	gateway/delivery/fresh.c gateway/delivery/fresh.h \
	gateway/delivery/recent.c gateway/delivery/recent.h \
	gateway/delivery/trail.c gateway/delivery/trail.h \
	gateway/delivery/window.c gateway/delivery/window.h

