/* The next page of what is owed to a connection (store_fetch). */
#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/scan.h"

struct fetch {
    struct errand errand;
    void (*done)(void *context, const struct store_page *page, int64_t scan_started);
    char *user, *mark;
    struct store_scan scan;
    struct owed owed;
};

static enum errand_step fetch_read(struct queue *queue, struct errand *errand)
{
    struct fetch *fetch = (struct fetch *)errand;

    if (inbox_is_due_untold(&queue->inbox, fetch->user))
        return ERRAND_LATER;
    errand->verdict = STORE_OK;
    return scan_owed(&queue->inbox, &queue->turn, &fetch->scan, &fetch->owed) < 0 ? ERRAND_FAILED
                                                                                  : ERRAND_DONE;
}

static void fetch_answer(struct errand *errand)
{
    struct fetch *fetch = (struct fetch *)errand;
    struct store_row *rows = page_rows(&fetch->owed.page);
    struct store_page page = scan_page(&fetch->owed, errand->verdict, rows);

    fetch->done(errand->context, &page, fetch->scan.started);
    free(rows);
}

static size_t fetch_bytes(const struct errand *errand)
{
    return scan_bytes(&((const struct fetch *)errand)->owed);
}

static void fetch_free(struct errand *errand)
{
    struct fetch *fetch = (struct fetch *)errand;

    free(fetch->user);
    free(fetch->mark);
    scan_release(&fetch->owed);
}

static const struct errand_kind fetch_kind = {
    ERRAND_OF(struct fetch),
    .of_ids = true,
    .read = fetch_read,
    .answer = fetch_answer,
    .bytes = fetch_bytes,
    .free = fetch_free,
};

void store_fetch(struct store *store, const struct store_scan *scan,
    void (*fetched)(void *context, const struct store_page *page, int64_t scan_started),
    void *context)
{
    struct fetch *fetch = (struct fetch *)errand_new(&fetch_kind);

    fetch->done = fetched;
    fetch->user = mem_strdup(scan->user);
    fetch->errand.about = fetch->user;
    fetch->scan = *scan;
    fetch->scan.user = fetch->user;
    fetch->scan.mark = fetch->mark = mem_strdup_or_null(scan->mark);
    if (scan->started == 0)
        fetch->scan.started = store_scan_moment(store);
    post_errand(store, &fetch->errand, context);
}
