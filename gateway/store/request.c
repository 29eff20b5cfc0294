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

void request_answer_check(struct errand *errand)
{
    struct request *request = (struct request *)errand;
    request->done.checked(request->errand.context, request->errand.verdict);
}

size_t request_bytes(const struct errand *errand)
{
    const struct request *request = (const struct request *)errand;

    return page_octets(&request->page) + request->found_size * sizeof(*request->found);
}
