#include "auth-fcgi/sources.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

/* With the other spellings of a name that people use. */
static const struct {
    const char *name;
    const struct source_kind *kind;
} kinds[] = {
    {"authjs", &source_authjs},
    {"table", &source_table},
    {"better_auth", &source_better_auth},
    {"better-auth", &source_better_auth},
    {"query", &source_query},
    {"remote_user", &source_remote_user},
};

struct sources {
    struct source **items;
    size_t count;
};

static const struct source_kind *kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].kind;
    return NULL;
}

static int source_names_check(const struct config_list *names, struct reason *why)
{
    if (names->count == 0)
        return reason_set(why, "session_sources: it names none, so nobody would get a token");
    for (size_t i = 0; i < names->count; i++)
        if (!kind_find(names->items[i]))
            return reason_set(why,
                "session_sources: \"%s\" is not one of authjs, table, better_auth, query, "
                "remote_user",
                names->items[i]);
    return 0;
}

static bool sources_read(const struct config_list *names, enum source_cookie cookie)
{
    for (size_t i = 0; i < names->count; i++)
        if (kind_find(names->items[i])->cookie == cookie)
            return true;
    return false;
}

static int session_cookie_check(const struct config_list *names, struct reason *why)
{
    bool authjs = sources_read(names, SOURCE_COOKIE_AUTHJS);
    bool better_auth = sources_read(names, SOURCE_COOKIE_BETTER_AUTH);

    if (!authjs && !better_auth)
        return reason_set(why, "session_cookie: none of session_sources reads a cookie");
    if (authjs && better_auth)
        return reason_set(why,
            "session_cookie: Auth.js and Better Auth are both among session_sources, and one name "
            "cannot be that of both: remove one of them");
    return 0;
}

int sources_check(const struct config *config, struct reason *why)
{
    const struct config_list *names = &config->auth.session_sources;

    if (source_names_check(names, why) < 0)
        return -1;
    if (sources_read(names, SOURCE_COOKIE_QUERY))
        return 0;
    if (*config->auth.session_query)
        return reason_set(why, "session_query: query is not among session_sources");
    if (*config->auth.session_signature)
        return reason_set(why, "session_signature: query is not among session_sources");
    return *config->auth.session_cookie ? session_cookie_check(names, why) : 0;
}

static int sources_add(struct sources *sources, const char *name,
    const struct source_context *context, struct reason *why)
{
    const struct source_kind *kind = kind_find(name);
    struct source *source = kind->open(context, why);

    if (!source)
        return reason_prefix(why, "session source %s: ", kind->name);
    sources->items[sources->count++] = source;
    return 0;
}

struct sources *sources_open(const struct source_context *context, struct reason *why)
{
    const struct config_list *names = &context->config->auth.session_sources;

    if (sources_check(context->config, why) < 0)
        return NULL;
    struct sources *sources = mem_zalloc(sizeof(*sources));
    sources->items = mem_array(names->count + 1, sizeof(struct source *));
    for (size_t i = 0; i < names->count; i++)
        if (sources_add(sources, names->items[i], context, why) < 0) {
            sources_close(sources);
            return NULL;
        }
    return sources;
}

void sources_close(struct sources *sources)
{
    if (!sources)
        return;
    while (sources->count > 0) {
        struct source *source = sources->items[--sources->count];

        source->kind->close(source);
    }
    free(sources->items);
    free(sources);
}

/* A reason that two sources share is given once. */
static void reason_join(struct reason *all, const char *name, const struct reason *one)
{
    struct reason before = *all;

    if (strstr(before.text, one->text))
        return;
    const char *between = *before.text ? "; " : "";
    reason_set(all, "%s%s%s: %s", before.text, between, name, one->text);
}

/* The first explanation replaces the general one; others are added to it. */
static void absence_join(struct reason *absence, const struct reason *one, bool *explained)
{
    struct reason before = *absence;

    if (!*one->text || (*explained && strstr(before.text, one->text)))
        return;
    if (*explained)
        reason_set(absence, "%s; %s", before.text, one->text);
    else
        *absence = *one;
    *explained = true;
}

enum session_verdict sources_find(struct sources *sources, const struct credentials *credentials,
    struct session *session, struct reason *why)
{
    enum session_verdict all = SESSION_ABSENT;
    struct reason absence = {"the request contains nothing that one of session_sources reads"};
    bool explained = false;

    *why = (struct reason){""};
    for (size_t i = 0; i < sources->count; i++) {
        struct source *source = sources->items[i];
        struct reason one = {""};
        session_release(session);
        enum session_verdict verdict = source->kind->find(source, credentials, session, &one);
        if (verdict == SESSION_FOUND)
            return SESSION_FOUND;
        if (verdict == SESSION_ABSENT) {
            absence_join(&absence, &one, &explained);
            continue;
        }
        reason_join(why, source->kind->name, &one);
        if (verdict > all)
            all = verdict;
    }
    if (all == SESSION_ABSENT)
        *why = absence;
    return all;
}

bool sources_judge(struct sources *sources, const struct credentials *credentials,
    sources_tell *tell, void *context)
{
    bool found = false;

    for (size_t i = 0; i < sources->count; i++) {
        struct source *source = sources->items[i];
        struct reason why = {""};
        struct session session;
        session_init(&session);
        enum session_verdict verdict = source->kind->find(source, credentials, &session, &why);
        tell(context, source->kind->name, verdict, &session, &why);
        found = found || verdict == SESSION_FOUND;
        session_release(&session);
    }
    return found;
}

int sources_describe(struct sources *sources, struct buf *out)
{
    int result = 0;

    for (size_t i = 0; i < sources->count; i++) {
        struct source *source = sources->items[i];
        buf_addf(out, "source %s\n", source->kind->name);
        if (source->kind->describe(source, out) < 0)
            result = -1;
    }
    return result;
}
