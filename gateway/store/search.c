#include "gateway/store/search.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/memory.h"

struct sought {
    UT_hash_handle hh;
    TAILQ_ENTRY(sought) entry; /* in waiting or settled */
    struct token_session session;
    enum search_result result;
    uint64_t since; /* the current or last pass when it was added */
};

void search_init(struct search *search)
{
    *search = (struct search){.by_hash = NULL};
    TAILQ_INIT(&search->waiting);
    TAILQ_INIT(&search->settled);
}

static struct sought *sought_find(const struct search *search, const struct token_session *session)
{
    struct sought *sought;

    HASH_FIND(hh, search->by_hash, session->hash, sizeof(session->hash), sought);
    return sought;
}

static void sought_drop(struct search *search, struct sought_list *list, struct sought *sought)
{
    TAILQ_REMOVE(list, sought, entry);
    HASH_DELETE(hh, search->by_hash, sought);
    search->count--;
    free(sought);
}

static void sought_drop_all(struct search *search, struct sought_list *list)
{
    struct sought *sought;

    while ((sought = TAILQ_FIRST(list)))
        sought_drop(search, list, sought);
}

void search_release(struct search *search)
{
    sought_drop_all(search, &search->waiting);
    sought_drop_all(search, &search->settled);
}

enum search_result search_result(const struct search *search, struct token_session *session)
{
    const struct sought *sought = sought_find(search, session);

    if (!sought)
        return SEARCH_UNASKED;
    if (sought->result == SEARCH_FOUND)
        session->rowid = sought->session.rowid;
    return sought->result;
}

static struct sought *sought_add(struct search *search, const struct token_session *session)
{
    struct sought *sought;

    if (search->count == SEARCH_MAX && !TAILQ_EMPTY(&search->settled))
        sought_drop(search, &search->settled, TAILQ_FIRST(&search->settled));
    if (search->count == SEARCH_MAX)
        return NULL;
    sought = mem_zalloc(sizeof(*sought));
    sought->session = (struct token_session){.rowid = session->rowid};
    memcpy(sought->session.hash, session->hash, sizeof(session->hash));
    HASH_ADD(hh, search->by_hash, session.hash, sizeof(sought->session.hash), sought);
    search->count++;
    return sought;
}

bool search_for(struct search *search, const struct token_session *session)
{
    struct sought *sought = sought_find(search, session);

    if (sought && sought->result == SEARCH_WAITS)
        return true;
    if (sought)
        TAILQ_REMOVE(&search->settled, sought, entry);
    else
        sought = sought_add(search, session);
    if (!sought)
        return false;
    sought->result = SEARCH_WAITS;
    sought->since = search->pass;
    TAILQ_INSERT_TAIL(&search->waiting, sought, entry);
    return true;
}

void search_met(struct search *search, const struct token_session *session)
{
    struct sought *sought = sought_find(search, session);

    if (sought && sought->result == SEARCH_GONE)
        sought_drop(search, &search->settled, sought);
}

bool search_waits(const struct search *search)
{
    return !TAILQ_EMPTY(&search->waiting);
}

static void sought_settle(struct search *search, struct sought *sought, enum search_result result)
{
    sought->result = result;
    TAILQ_REMOVE(&search->waiting, sought, entry);
    TAILQ_INSERT_TAIL(&search->settled, sought, entry);
}

struct visit {
    struct search *search;
    int settled;
};

static void pass_visit(void *context, const struct token_session *session)
{
    struct visit *visit = context;
    struct sought *sought = sought_find(visit->search, session);

    if (!sought || sought->result != SEARCH_WAITS)
        return;
    sought->session.rowid = session->rowid;
    sought_settle(visit->search, sought, SEARCH_FOUND);
    visit->settled = 1;
}

static void pass_begin(struct search *search)
{
    search->pass++;
    search->is_under_way = true;
    search->walk = (struct session_walk){.table = 0};
}

/* Sessions that were added before the pass began were searched for in all rows: they are gone. */
static int pass_end(struct search *search)
{
    struct sought *sought;
    int settled = 0;

    search_restart(search);
    while ((sought = TAILQ_FIRST(&search->waiting)) && sought->since < search->pass) {
        sought_settle(search, sought, SEARCH_GONE);
        settled = 1;
    }
    return settled;
}

/* The end of a pass counts only after the caller has checked, as before every step, that no row
 * moved before the last row was read. */
int search_step(struct search *search, struct sessions *sessions, size_t most)
{
    struct visit found = {.search = search};
    int more;

    if (search->is_through)
        return pass_end(search);
    if (!search->is_under_way)
        pass_begin(search);
    more = sessions->verbs->walk(sessions, &search->walk, most, pass_visit, &found);
    if (more < 0)
        return -1;
    search->is_through = more == 0;
    if (!search_waits(search))
        search_restart(search);
    return found.settled;
}

/* All waiting sessions were added before the pass that begins now. */
void search_restart(struct search *search)
{
    search->is_under_way = search->is_through = false;
}

bool search_is_through(const struct search *search)
{
    return search->is_through;
}

void search_forget(struct search *search)
{
    search_restart(search);
    sought_drop_all(search, &search->settled);
}
