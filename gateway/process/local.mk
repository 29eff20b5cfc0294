# process: the sockets that the process inherits, and the process that takes its place.
noinst_LIBRARIES += libprocess.a

libprocess_a_SOURCES = \
	gateway/process/bequest.c gateway/process/bequest.h \
	gateway/process/descriptors.c gateway/process/descriptors.h \
	gateway/process/inherited.c gateway/process/inherited.h \
	gateway/process/listening.c gateway/process/listening.h \
	gateway/process/predecessor.c gateway/process/predecessor.h \
	gateway/process/program_file.c gateway/process/program_file.h \
	gateway/process/spawner.c gateway/process/spawner.h \
	gateway/process/succession.c gateway/process/succession.h
