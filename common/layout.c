#include "common/layout.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/database_url.h"
#include "common/members.h"
#include "common/memory.h"
#include "common/reason.h"
#include "common/secret.h"
#include "common/trust.h"

struct queue_folder {
    char *path;
    struct stat status;
};

static bool find_folder(struct queue_folder *folder, const char *database)
{
    const char *slash = strrchr(database, '/');

    folder->path = !slash              ? mem_strdup(".")
                   : slash == database ? mem_strdup("/")
                                       : mem_strndup(database, (size_t)(slash - database));
    return stat(folder->path, &folder->status) == 0;
}

static bool is_owner(const void *context, uid_t user)
{
    const struct queue_folder *folder = context;

    return user == 0 || user == folder->status.st_uid;
}

/* Whether the folder's group is the private group of its owner and has other members, as publishers
 * once were. */
static bool shares_own_group(const struct queue_folder *folder, char member[MEMBERS_NAME_SIZE])
{
    struct passwd entry, *owner = NULL;
    char memory[4096];

    if ((folder->status.st_mode & 0020) == 0 || folder->status.st_uid == 0 ||
        getpwuid_r(folder->status.st_uid, &entry, memory, sizeof memory, &owner) != 0 || !owner)
        return false;
    return owner->pw_gid == folder->status.st_gid &&
           members_have_other(folder->status.st_gid, is_owner, folder, member);
}

static void advise_group(const struct queue_folder *folder, layout_say *say, void *context)
{
    char member[MEMBERS_NAME_SIZE], group[MEMBERS_NAME_SIZE];
    struct reason sentence;

    if (!shares_own_group(folder, member))
        return;
    members_group_name(folder->status.st_gid, group);
    reason_set(&sentence,
        "%s can publish as a member of the programs' own group %s: give publishers a group of "
        "their "
        "own: groupadd --system belfry-publish && usermod -aG belfry-publish %s && gpasswd -d %s "
        "%s && chgrp -R belfry-publish %s",
        member, group, member, member, group, folder->path);
    say(context, sentence.text);
}

static void advise_place(const struct config *config, layout_say *say, void *context)
{
    if (strcmp(config->database, CONFIG_FORMER_DEFAULT_DATABASE) != 0 ||
        access(config->database, F_OK) < 0)
        return;
    say(context, "the queue lies where older versions had it: stop both programs, then: "
                 "install -d -m 2770 -o belfry -g belfry-publish /var/lib/belfry/queue && "
                 "mv /var/lib/belfry/belfry.db* /var/lib/belfry/queue/ && "
                 "chown root: /var/lib/belfry && chmod 0755 /var/lib/belfry; and set "
                 "database = " CONFIG_DEFAULT_DATABASE);
}

static int advise_sessions(const struct config *config, layout_say *say, void *context)
{
    struct reason why;

    if (config_session_fault(config, &why) == 0)
        return 0;
    say(context, why.text);
    return 1;
}

static void advise_secret(const char *value, layout_say *say, void *context)
{
    char *path = secret_file_path(value, NULL);
    struct reason sentence;

    if (path && trust_private(path, &sentence) < 0) {
        reason_prefix(&sentence, "secret file ");
        say(context, sentence.text);
    }
    free(path);
}

static void advise_secrets(const struct config *config, layout_say *say, void *context)
{
    const struct config_list *files = &config->token.secret_file;

    for (size_t i = 0; i < files->count; i++)
        advise_secret(files->items[i], say, context);
    if (*config->auth.session_secret_file)
        advise_secret(config->auth.session_secret_file, say, context);
}

int layout_advise(const struct config *config, layout_say *say, void *context)
{
    struct queue_folder folder = {.path = NULL};
    int unused;

    if (!database_url_is(config->database)) {
        if (find_folder(&folder, config->database))
            advise_group(&folder, say, context);
        advise_place(config, say, context);
    }
    advise_secrets(config, say, context);
    unused = advise_sessions(config, say, context);
    free(folder.path);
    return unused;
}
