#include "common/version.h"

#include "build-config.h"

#ifdef WITH_POSTGRESQL
#define ENGINES "SQLite, PostgreSQL"
#else
#define ENGINES "SQLite; without PostgreSQL"
#endif

const char version_text[] = PACKAGE_VERSION " (" ENGINES ")";
