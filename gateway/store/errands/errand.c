#include "gateway/store/errands/errand.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

typedef void (*errand_done)(void);

struct errand *errand_new(const struct errand_kind *kind)
{
    struct errand *errand = mem_zalloc(kind->size);

    errand->kind = kind;
    return errand;
}

void errand_free(struct errand *errand)
{
    if (errand->kind->free)
        errand->kind->free(errand);
    free(errand);
}

int64_t *errand_copy_ids(const int64_t *ids, size_t count)
{
    int64_t *copy = mem_array(count + 1, sizeof(*copy));

    if (count > 0)
        memcpy(copy, ids, count * sizeof(*ids));
    return copy;
}

bool errand_is_awaited(const struct errand *errand)
{
    return errand->kind->answer != NULL;
}

static void answer_twin(const struct errand *errand, enum store_verdict verdict)
{
    const struct errand_kind *kind = errand->kind;
    struct errand *twin = errand_new(kind);

    memcpy((char *)twin + kind->done, (const char *)errand + kind->done, sizeof(errand_done));
    twin->context = errand->context;
    twin->verdict = verdict;
    kind->answer(twin);
    errand_free(twin);
}

void errand_answer(struct errand *errand)
{
    if (errand->verdict == STORE_UNAVAILABLE || errand->verdict == STORE_UNCERTAIN)
        answer_twin(errand, errand->verdict);
    else
        errand->kind->answer(errand);
}

void errand_refuse(const struct errand *errand)
{
    answer_twin(errand, STORE_UNAVAILABLE);
}
