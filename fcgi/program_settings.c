#include "fcgi/program_settings.h"

#include <stdlib.h>

#include "common/memory.h"

/* Reads what config_load cannot know to be wrong. Returns 0, or -1 with the reason. */
static int settings_complete(struct program_settings *settings, struct reason *why)
{
    struct config *config = &settings->config;

    settings->proxies = proxies_new(&config->trusted_proxies, why);
    if (settings->proxies)
        settings->own = settings->kind->load(config, why);
    if (settings->own)
        return 0;
    return reason_prefix(why, "%s: ", config->path ? config->path : "the environment");
}

static void settings_warn(void *context, const char *sentence)
{
    log_warn((const struct logger *)context, "%s", sentence);
}

struct program_settings *program_settings_load(const struct endpoint_kind *kind, const char *path,
    const struct logger *log, struct reason *why)
{
    struct program_settings *settings = mem_zalloc(sizeof(*settings));

    settings->kind = kind;
    atomic_init(&settings->users, 1);
    if (config_load(&settings->config, path, log ? settings_warn : NULL, (void *)log, why) < 0) {
        free(settings);
        return NULL;
    }
    if (settings_complete(settings, why) < 0) {
        program_settings_release(settings);
        return NULL;
    }
    return settings;
}

struct program_settings *program_settings_share(struct program_settings *settings)
{
    atomic_fetch_add(&settings->users, 1);
    return settings;
}

void program_settings_release(struct program_settings *settings)
{
    if (!settings || atomic_fetch_sub(&settings->users, 1) > 1)
        return;
    if (settings->own)
        settings->kind->unload(settings->own);
    proxies_free(settings->proxies);
    config_release(&settings->config);
    free(settings);
}
