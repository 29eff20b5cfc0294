#include "auth-fcgi/source.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

/* Other spellings that people use of a source's name stand beside it. */
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

int sources_check_names(const struct config_list *names, struct reason *why)
{
    if (names->count == 0)
        return reason_set(why, "session_sources: none is named, so nobody would be let in");
    for (size_t i = 0; i < names->count; i++)
        if (!kind_find(names->items[i]))
            return reason_set(why,
                "session_sources: \"%s\" is none of authjs, table, better_auth, query, "
                "remote_user",
                names->items[i]);
    return 0;
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
    if (sources_check_names(names, why) < 0)
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

/* What two sources say alike is said once. */
static void reason_join(struct reason *all, const char *name, const struct reason *one)
{
    struct reason before = *all;
    if (strstr(before.text, one->text))
        return;
    const char *between = *before.text ? "; " : "";
    reason_set(all, "%s%s%s: %s", before.text, between, name, one->text);
}

enum session_verdict sources_find(struct sources *sources, const struct request *request,
    struct session *session, struct reason *why)
{
    enum session_verdict all = SESSION_ABSENT;
    struct reason absence = {"the request carries no session cookie that one of the "
                             "session_sources reads; is the visitor signed in, and does the "
                             "cookie's path cover this address?"};
    *why = (struct reason){""};
    for (size_t i = 0; i < sources->count; i++) {
        struct source *source = sources->items[i];
        struct reason one = {""};
        session_release(session);
        enum session_verdict verdict = source->kind->find(source, request, session, &one);
        if (verdict == SESSION_FOUND)
            return SESSION_FOUND;
        if (verdict == SESSION_ABSENT && *one.text)
            absence = one;
        if (verdict == SESSION_ABSENT)
            continue;
        reason_join(why, source->kind->name, &one);
        if (verdict > all)
            all = verdict;
    }
    if (all == SESSION_ABSENT)
        *why = absence;
    return all;
}

bool sources_judge(
    struct sources *sources, const struct request *request, sources_tell *tell, void *context)
{
    bool found = false;
    for (size_t i = 0; i < sources->count; i++) {
        struct source *source = sources->items[i];
        struct reason why = {""};
        struct session session;
        session_init(&session);
        enum session_verdict verdict = source->kind->find(source, request, &session, &why);
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
