#include "gateway/store/request.h"

#include "gateway/store/errands/bridge.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "common/text.h"

/* What the table takes: nobody is kept from talking by a long name. */
#define NAME_MAX_OCTETS 1024

struct request *request_new(enum request_kind kind, const char *user)
{
    struct request *request = (struct request *)errand_new(&bridge_kinds[kind]);

    request->kind = kind;
    request->user = mem_strdup_or_null(user);
    page_init(&request->page);
    return request;
}

struct saying *saying_new(const struct store_saying *saying)
{
    struct saying *copy = mem_zalloc(sizeof(*copy));

    if (saying->name)
        copy->name = mem_strndup(
            saying->name, text_cut(saying->name, strlen(saying->name), NAME_MAX_OCTETS));
    copy->content = mem_strdup(saying->content);
    copy->metadata = mem_strdup_or_null(saying->metadata);
    copy->reference = mem_strdup_or_null(saying->reference);
    return copy;
}

static void saying_free(struct saying *saying)
{
    if (!saying)
        return;
    free(saying->name);
    free(saying->content);
    free(saying->metadata);
    free(saying->reference);
    free(saying);
}

void request_release(struct errand *errand)
{
    struct request *request = (struct request *)errand;

    saying_free(request->saying);
    free(request->conversation);
    free(request->user);
    free(request->ids);
    free(request->found);
    page_release(&request->page);
}

void request_set_ids(struct request *request, const int64_t *ids, size_t count)
{
    if (count == 0)
        return;
    request->ids = mem_array(count, sizeof(*ids));
    memcpy(request->ids, ids, count * sizeof(*ids));
    request->count = count;
}

void request_add_found(struct request *request, int64_t id)
{
    if (request->found_count == request->found_size) {
        request->found_size = request->found_size > 0 ? request->found_size * 2 : 16;
        request->found = mem_resize(request->found, request->found_size * sizeof(*request->found));
    }
    request->found[request->found_count++] = id;
}

void request_answer_attach(struct errand *errand)
{
    struct request *request = (struct request *)errand;
    struct store_row *rows = page_rows(&request->page);
    struct store_attached answer = {
        .verdict = request->errand.verdict,
        .unread = request->unread,
        .queue = request->name,
        .highest = request->highest,
        .scan_started = request->scan_started,
        .page = {.verdict = request->errand.verdict,
            .rows = rows,
            .count = request->page.count,
            .upto = request->upto,
            .complete = request->complete},
    };

    request->done.attached(request->errand.context, &answer);
    free(rows);
}

void request_answer_check(struct errand *errand)
{
    struct request *request = (struct request *)errand;
    request->done.checked(request->errand.context, request->errand.verdict);
}

void request_answer_fetch(struct errand *errand)
{
    struct request *request = (struct request *)errand;
    struct store_row *rows = page_rows(&request->page);
    struct store_page answer = {
        .verdict = request->errand.verdict,
        .rows = rows,
        .count = request->page.count,
        .upto = request->upto,
        .complete = request->complete,
    };

    request->done.fetched(request->errand.context, &answer, request->scan_started);
    free(rows);
}

void request_answer_list(struct errand *errand)
{
    struct request *request = (struct request *)errand;
    struct store_row *rows = page_rows(&request->page);
    struct store_listed answer = {
        .verdict = request->errand.verdict,
        .rows = rows,
        .count = request->page.count,
        .has_more = !request->complete,
    };

    request->done.listed(request->errand.context, &answer);
    free(rows);
}

void request_answer_mark_read(struct errand *errand)
{
    struct request *request = (struct request *)errand;
    struct store_read answer = {
        .verdict = request->errand.verdict,
        .ids = request->found,
        .count = request->found_count,
        .unread = request->unread,
    };

    request->done.read(request->errand.context, &answer);
}

size_t request_bytes(const struct errand *errand)
{
    const struct request *request = (const struct request *)errand;

    return page_octets(&request->page) + request->found_size * sizeof(*request->found);
}
