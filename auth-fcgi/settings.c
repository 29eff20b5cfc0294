#include "auth-fcgi/settings.h"

#include <stdlib.h>

#include "auth-fcgi/source.h"
#include "common/memory.h"

/* A session database that is there now and gone later is unavailable, not unheard of. */
static void session_database_settle(struct config *config)
{
    char *path = config_session_database(config);

    if (!path)
        return;
    free(config->auth.session_database);
    config->auth.session_database = path;
}

/* What config_load cannot know to be wrong. Returns 0, or -1 with the reason. */
static int complete(struct settings *settings, struct reason *why)
{
    const struct config *config = &settings->config;

    settings->proxies = proxies_new(&config->trusted_proxies, why);
    if (settings->proxies && sources_check(config, why) == 0)
        return 0;
    return reason_prefix(why, "%s: ", config->path ? config->path : "the environment");
}

struct settings *settings_load(
    const char *path, config_warn *warn, void *context, struct reason *why)
{
    struct settings *settings = mem_zalloc(sizeof(*settings));

    atomic_init(&settings->users, 1);
    if (config_load(&settings->config, path, warn, context, why) < 0) {
        free(settings);
        return NULL;
    }
    if (complete(settings, why) < 0) {
        settings_release(settings);
        return NULL;
    }
    session_database_settle(&settings->config);
    if (secrets_load(&settings->secrets, &settings->config, &settings->fault) == 0)
        settings->fault.text[0] = '\0';
    return settings;
}

struct settings *settings_share(struct settings *settings)
{
    atomic_fetch_add(&settings->users, 1);
    return settings;
}

void settings_release(struct settings *settings)
{
    if (!settings || atomic_fetch_sub(&settings->users, 1) > 1)
        return;
    secrets_release(&settings->secrets);
    proxies_free(settings->proxies);
    config_release(&settings->config);
    free(settings);
}
