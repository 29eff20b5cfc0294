#include "gateway/store/sqlite/company.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "common/memory.h"

struct companion {
    UT_hash_handle hh;
    int64_t connections; /* as it was told; -1: it was not */
    uint64_t walk;       /* that met it last */
    size_t instance_size;
    char key[]; /* the instance, a NUL, the user, a NUL */
};

static struct companion *companion_new(const char *instance, const char *user)
{
    size_t instance_size = strlen(instance) + 1, user_size = strlen(user) + 1;
    struct companion *companion = mem_zalloc(sizeof(*companion) + instance_size + user_size);

    companion->connections = -1;
    companion->instance_size = instance_size;
    memcpy(companion->key, instance, instance_size);
    memcpy(companion->key + instance_size, user, user_size);
    return companion;
}

static size_t key_size(const struct companion *companion)
{
    return companion->instance_size + strlen(companion->key + companion->instance_size) + 1;
}

static void forget(struct company *company, struct companion *companion)
{
    HASH_DEL(company->users, companion);
    free(companion);
}

void company_release(struct company *company)
{
    struct companion *companion, *next;

    HASH_ITER (hh, company->users, companion, next)
        forget(company, companion);
}

void company_begin_walk(struct company *company, int64_t steady)
{
    company->walk++;
    company->walked_at = steady;
}

/* The one that is in the table, made if need be. */
static struct companion *find(struct company *company, const char *instance, const char *user)
{
    struct companion *fresh = companion_new(instance, user);
    struct companion *known;
    unsigned size = (unsigned)key_size(fresh);

    HASH_FIND(hh, company->users, fresh->key, size, known);
    if (known) {
        free(fresh);
        return known;
    }
    HASH_ADD_KEYPTR(hh, company->users, fresh->key, size, fresh);
    return fresh;
}

bool company_meet(
    struct company *company, const char *instance, const char *user, int64_t connections)
{
    struct companion *companion = find(company, instance, user);
    bool is_news = companion->connections != connections;

    companion->walk = company->walk;
    companion->connections = connections;
    return is_news;
}

void company_untell(struct company *company, const char *instance, const char *user)
{
    find(company, instance, user)->connections = -1;
}

bool company_take_gone(struct company *company, size_t most,
    int (*each)(void *context, const char *instance, const char *user), void *context)
{
    struct companion *companion, *next;

    HASH_ITER (hh, company->users, companion, next) {
        if (companion->walk == company->walk)
            continue;
        if (most-- == 0)
            return false;
        each(context, companion->key, companion->key + companion->instance_size);
        forget(company, companion);
    }
    return true;
}

bool company_is_empty(const struct company *company)
{
    return !company->users;
}
