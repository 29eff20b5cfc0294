#include "auth-fcgi/auth_settings.h"

#include <stdlib.h>

#include "auth-fcgi/sources.h"
#include "common/memory.h"

/* Remembers the session database that is there now: if it is missing later, sessions are
 * unavailable (503), rather than absent (401). */
static void session_database_settle(struct config *config)
{
    char *path = config_session_database(config);

    if (!path)
        return;
    free(config->auth.session_database);
    config->auth.session_database = path;
}

struct auth_settings *auth_settings_load(struct config *config, struct reason *why)
{
    if (sources_check(config, why) < 0)
        return NULL;
    struct auth_settings *settings = mem_zalloc(sizeof(*settings));
    session_database_settle(config);
    if (secrets_load(&settings->secrets, config, &settings->fault) == 0)
        settings->fault.text[0] = '\0';
    return settings;
}

void auth_settings_free(struct auth_settings *settings)
{
    secrets_release(&settings->secrets);
    free(settings);
}
