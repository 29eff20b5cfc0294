/* Where files are that the configuration does not name. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config.h"
#include "common/database_url.h"
#include "common/memory.h"
#include "common/trust.h"

#define OF_QUEUES "queue"

static char *join(const char *folder, size_t len, const char *name)
{
    char *path = mem_alloc(len + strlen(name) + 1);

    memcpy(path, folder, len);
    strcpy(path + len, name);
    return path;
}

/* Length of the folder part of the path, with its last slash; 0 if there is none. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash + 1 - path) : 0;
}

/* The folder's own name: "queue" of /var/lib/belfry/queue/belfry.db. */
static const char *folder_name(const char *path, size_t *len)
{
    size_t end = folder_length(path);
    size_t from;

    while (end > 0 && path[end - 1] == '/')
        end--;
    from = end;
    while (from > 0 && path[from - 1] != '/')
        from--;
    *len = end - from;
    return path + from;
}

/* ../sessions/sessions.db relative to the queue's folder, written without ".." if possible. */
static char *place_apart(const char *database)
{
    size_t len;
    const char *name = folder_name(database, &len);
    bool is_name = len > 0 && !(*name == '.' && (len == 1 || (len == 2 && name[1] == '.')));

    if (is_name || folder_length(database) == 1)
        return join(database, (size_t)(name - database), "sessions/sessions.db");
    return join(database, folder_length(database), "../sessions/sessions.db");
}

/* A queue in PostgreSQL has no folder: sessions in a file are where they are by default. */
static const char *queue_file(const struct config *config)
{
    return database_url_is(config->database) ? CONFIG_DEFAULT_DATABASE : config->database;
}

static char *place_beside(const char *database)
{
    return join(database, folder_length(database), "sessions.db");
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static bool is_of_queues(const char *database)
{
    size_t len;
    const char *name = folder_name(database, &len);

    return len == strlen(OF_QUEUES) && memcmp(name, OF_QUEUES, len) == 0;
}

static bool stat_folder(const char *path, struct stat *status)
{
    char *folder = join(path, folder_length(path), ".");
    bool found = stat(folder, status) == 0;

    free(folder);
    return found;
}

/* A queue folder that not only its owner may write belongs to the publishers, whoever they are. */
static bool is_of_publishers(const char *database)
{
    struct stat status;

    return is_of_queues(database) && stat_folder(database, &status) && (status.st_mode & 0022);
}

static bool is_private(const char *database)
{
    char *folder = join(database, folder_length(database), ".");
    struct stat status;
    bool result = stat(folder, &status) == 0 && trust_folder(folder, status.st_uid, NULL);

    free(folder);
    return result;
}

/* Whether sessions are, or may be created, beside the queue. */
static bool may_lie_beside(const char *database, const char *beside)
{
    if (is_there(beside))
        return !is_of_publishers(database) && trust_own_store(beside, NULL) == 0;
    return !is_of_queues(database) && is_private(database);
}

char *config_session_path(const struct config *config)
{
    char *apart, *beside;
    bool is_beside;

    if (*config->auth.session_database)
        return mem_strdup(config->auth.session_database);
    apart = place_apart(queue_file(config));
    beside = place_beside(queue_file(config));
    is_beside = !is_there(apart) && may_lie_beside(queue_file(config), beside);
    free(is_beside ? apart : beside);
    return is_beside ? beside : apart;
}

char *config_session_database(const struct config *config)
{
    char *path = config_session_path(config);

    if (*config->auth.session_database || (is_there(path) && trust_own_store(path, NULL) == 0))
        return path;
    free(path);
    return NULL;
}

/* For a sessions file in the queue's folder, as older versions had it. */
static int judge_beside(const char *beside, const char *apart, struct reason *why)
{
    bool is_shared = is_of_publishers(beside) || !is_private(beside);

    if (trust_own_store(beside, why) == 0 && !is_of_publishers(beside))
        return 0;
    if (is_shared)
        reason_set(why,
            "%s is not used, since others may write the queue's folder, which it lies in: sessions "
            "belong to %s, which belfry init --sessions makes; move them there only if they are "
            "genuine",
            beside, apart);
    return -1;
}

int config_session_fault(const struct config *config, struct reason *why)
{
    char *apart = place_apart(queue_file(config));
    char *beside = place_beside(queue_file(config));
    int result = 0;

    if (*config->auth.session_database)
        result = is_there(config->auth.session_database)
                     ? trust_store(config->auth.session_database, why)
                     : 0;
    else if (is_there(apart))
        result = trust_own_store(apart, why);
    else if (is_there(beside))
        result = judge_beside(beside, apart, why);
    free(beside);
    free(apart);
    return result;
}

char *config_default_database(const char *path, const char *former)
{
    return mem_strdup(!is_there(path) && is_there(former) ? former : path);
}
