#include "gateway/store/engines.h"

#include <string.h>
#include <time.h>

#include "build-config.h"
#include "common/clock.h"
#include "gateway/store/engine.h"
#ifdef WITH_POSTGRESQL
#include "gateway/store/postgres/postgres.h"
#endif
#include "gateway/store/session_verbs.h"
#include "gateway/store/sqlite/sqlite.h"
#include "gateway/store/store_settings.h"

/* The first whose prefix `database` begins with. */
static const struct {
    const char *prefix;
    struct engine *(*make)(const struct store_settings *settings, struct reason *why);
    struct sessions *(*make_sessions)(const struct store_settings *settings);
    int (*check)(struct engine_check *check, struct reason *why);
} engines[] = {
#ifdef WITH_POSTGRESQL
    {"postgresql://", postgres_new, postgres_new_sessions, postgres_check},
    {"postgres://", postgres_new, postgres_new_sessions, postgres_check},
#endif
    {"", sqlite_new, sqlite_new_sessions, sqlite_check},
};

static size_t engine_for(const char *database)
{
    size_t i = 0;

    while (strncmp(database, engines[i].prefix, strlen(engines[i].prefix)) != 0)
        i++;
    return i;
}

struct engine *engines_new(const struct store_settings *settings, struct reason *why)
{
    return engines[engine_for(settings->database)].make(settings, why);
}

int engines_check(struct engine_check *check, struct reason *why)
{
    check->server[0] = '\0';
    return engines[engine_for(check->database)].check(check, why);
}

struct sessions *engines_new_sessions(const struct store_settings *settings)
{
    return engines[engine_for(settings->session_database)].make_sessions(settings);
}

int engines_look(struct sessions *sessions, int wait_ms)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    const struct clock clock = clock_system();
    int64_t until = clock_steady_ms(&clock) + wait_ms;
    int seen = sessions->verbs->look(sessions);

    while (seen < 0 && sessions->trouble == ENGINE_BUSY && clock_steady_ms(&clock) < until) {
        nanosleep(&pause, NULL);
        seen = sessions->verbs->look(sessions);
    }
    return seen;
}
