#include "common/sandbox_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build-config.h"
#include "common/config.h"
#include "common/database_url.h"
#include "common/memory.h"
#include "common/sanitized.h"
#include "common/secret.h"

#ifdef WITH_POSTGRESQL
#include <libpq-fe.h>
#endif

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The end of a folder's name in the path, or 0 if it is in the working folder. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash - path) : 0;
}

static void allow_folder_of(struct sandbox_policy *policy, enum landlock_use use, const char *path)
{
    size_t len = folder_length(path);
    char *folder = len > 0 ? mem_strndup(path, len) : mem_strdup(*path == '/' ? "/" : ".");

    sandbox_allow(policy, use, folder);
    free(folder);
}

/* … and the folder that a link leads to. */
static void allow_folders_of(struct sandbox_policy *policy, enum landlock_use use, const char *path)
{
    char *real = realpath(path, NULL);

    allow_folder_of(policy, use, path);
    if (real && strcmp(real, path) != 0)
        allow_folder_of(policy, use, real);
    free(real);
}

void sandbox_allow_system(struct sandbox_policy *policy)
{
    static const char *const readable[] = {
        "/etc",
        "/lib",
        "/lib64",
        "/usr", /* libraries, certificates, time zones */
        "/run/systemd/resolve",
        "/run/resolvconf", /* what /etc/resolv.conf may be a link to */
        "/run/NetworkManager",
        "/var/run/NetworkManager",
        "/dev/random",
        "/dev/urandom",
        "/proc/locks",
        "/proc/self",
        "/sys/devices/system/cpu",
    };

    for (size_t i = 0; i < COUNT(readable); i++)
        sandbox_allow(policy, LANDLOCK_READ, readable[i]);
    sandbox_allow(policy, LANDLOCK_WRITE, "/dev/null");
    /* For the report of a fault: where in the program it was. */
    if (is_sanitized)
        sandbox_allow(policy, LANDLOCK_READ, "/proc/self/exe");
}

void sandbox_allow_secret(struct sandbox_policy *policy, const char *value)
{
    char *path = *value ? secret_file_path(value, NULL) : NULL;

    if (path)
        allow_folders_of(policy, LANDLOCK_READ, path);
    free(path);
}

void sandbox_allow_config(struct sandbox_policy *policy, const struct config *config)
{
    const struct config_list *secrets = &config->token.secret_file;

    if (config->path)
        allow_folders_of(policy, LANDLOCK_READ, config->path);
    sandbox_allow(policy, LANDLOCK_READ, getenv("CREDENTIALS_DIRECTORY"));
    for (size_t i = 0; i < secrets->count; i++)
        sandbox_allow_secret(policy, secrets->items[i]);
}

#ifdef WITH_POSTGRESQL

/* The settings of libpq that name a file or a folder. */
static bool is_file_of_libpq(const char *keyword)
{
    static const char *const keywords[] = {
        "passfile", "service", "sslcert", "sslcrl", "sslcrldir", "sslkey", "sslrootcert"};

    for (size_t i = 0; i < COUNT(keywords); i++)
        if (strcmp(keywords[i], keyword) == 0)
            return true;
    return false;
}

/* From the URL, else from the environment, as libpq itself looks for them. */
static void allow_files_of_libpq(struct sandbox_policy *policy, const char *url)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);

    for (PQconninfoOption *option = options; option && option->keyword; option++) {
        const char *value = option->val      ? option->val
                            : option->envvar ? getenv(option->envvar)
                                             : "";

        if (is_file_of_libpq(option->keyword) && value && *value == '/')
            allow_folders_of(policy, LANDLOCK_READ, value);
    }
    PQconninfoFree(options);
}

static void allow_home(struct sandbox_policy *policy)
{
    static const char *const names[] = {".pgpass", ".pg_service.conf", ".postgresql"};
    const char *home = getenv("HOME");

    for (size_t i = 0; i < COUNT(names) && home && *home == '/'; i++) {
        char path[4096];

        if (snprintf(path, sizeof(path), "%s/%s", home, names[i]) < (int)sizeof(path))
            sandbox_allow(policy, LANDLOCK_READ, path);
    }
}

static void allow_libpq(struct sandbox_policy *policy, const char *url)
{
    allow_files_of_libpq(policy, url);
    allow_home(policy);
}

#else

static void allow_libpq(struct sandbox_policy *policy, const char *url)
{
    (void)policy;
    (void)url;
}

#endif

/* A session database may come later, and its folder with it: then the folder above. */
static void allow_place_of(struct sandbox_policy *policy, const char *database)
{
    char *folder = mem_strndup(database, folder_length(database));

    if (*folder && access(folder, F_OK) < 0)
        allow_folder_of(policy, LANDLOCK_WRITE, folder);
    free(folder);
}

void sandbox_allow_database(struct sandbox_policy *policy, const char *database)
{
    if (!database || !*database)
        return;
    if (database_url_is(database)) {
        policy->internet = true;
        allow_libpq(policy, database);
    } else {
        allow_folders_of(policy, LANDLOCK_WRITE, database);
        allow_place_of(policy, database);
    }
}

void sandbox_allow_socket(struct sandbox_policy *policy, const char *path)
{
    allow_folder_of(policy, LANDLOCK_SOCKETS, path);
}
