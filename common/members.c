#include "common/members.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/memory.h"

/* Of one entry; one that is larger is taken for none. */
#define FIRST_SIZE ((size_t)4096)
#define LAST_SIZE ((size_t)1 << 20)

static struct group *find_group(gid_t group, struct group *entry, char **memory)
{
    struct group *found = NULL;
    int error = ERANGE;

    for (size_t size = FIRST_SIZE; error == ERANGE && size <= LAST_SIZE; size *= 4) {
        *memory = mem_resize(*memory, size);
        error = getgrgid_r(group, entry, *memory, size, &found);
    }
    return error == 0 ? found : NULL;
}

int members_find_user(const char *name, uid_t *user)
{
    struct passwd entry, *found = NULL;
    char memory[FIRST_SIZE];

    if (getpwnam_r(name, &entry, memory, sizeof memory, &found) != 0 || !found)
        return -1;
    *user = entry.pw_uid;
    return 0;
}

static bool named_other(
    gid_t group, members_accept *accept, const void *context, char name[MEMBERS_NAME_SIZE])
{
    struct group entry;
    char *memory = NULL;
    const struct group *found = find_group(group, &entry, &memory);
    bool other = false;
    uid_t user;

    for (char **at = found ? found->gr_mem : NULL; at && *at && !other; at++) {
        if (members_find_user(*at, &user) < 0 || accept(context, user))
            continue;
        snprintf(name, MEMBERS_NAME_SIZE, "%s", *at);
        other = true;
    }
    free(memory);
    return other;
}

static bool primary_other(
    gid_t group, members_accept *accept, const void *context, char name[MEMBERS_NAME_SIZE])
{
    FILE *file = fopen("/etc/passwd", "re");
    struct passwd entry, *found;
    char memory[FIRST_SIZE];
    bool other = false;

    while (file && !other && fgetpwent_r(file, &entry, memory, sizeof memory, &found) == 0) {
        if (entry.pw_gid != group || accept(context, entry.pw_uid))
            continue;
        snprintf(name, MEMBERS_NAME_SIZE, "%s", entry.pw_name);
        other = true;
    }
    if (file)
        fclose(file);
    return other;
}

bool members_have_other(
    gid_t group, members_accept *accept, const void *context, char name[MEMBERS_NAME_SIZE])
{
    return named_other(group, accept, context, name) || primary_other(group, accept, context, name);
}

bool members_know(gid_t group)
{
    struct group entry;
    char *memory = NULL;
    bool known = find_group(group, &entry, &memory) != NULL;

    free(memory);
    return known;
}

int members_find_group(uid_t user, gid_t *group)
{
    struct passwd entry, *found = NULL;
    char memory[FIRST_SIZE];

    if (getpwuid_r(user, &entry, memory, sizeof memory, &found) != 0 || !found)
        return -1;
    *group = entry.pw_gid;
    return 0;
}

char *members_user_name(uid_t user, char name[MEMBERS_NAME_SIZE])
{
    struct passwd entry, *found = NULL;
    char memory[FIRST_SIZE];

    if (getpwuid_r(user, &entry, memory, sizeof memory, &found) == 0 && found)
        snprintf(name, MEMBERS_NAME_SIZE, "%s", entry.pw_name);
    else
        snprintf(name, MEMBERS_NAME_SIZE, "%lld", (long long)user);
    return name;
}

char *members_group_name(gid_t group, char name[MEMBERS_NAME_SIZE])
{
    struct group entry;
    char *memory = NULL;
    const struct group *found = find_group(group, &entry, &memory);

    if (found)
        snprintf(name, MEMBERS_NAME_SIZE, "%s", found->gr_name);
    else
        snprintf(name, MEMBERS_NAME_SIZE, "%lld", (long long)group);
    free(memory);
    return name;
}
