#include "tests/unit/linear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A measure is the least of so many, each of which takes at least so long. */
#define MEASURES 4
#define MEASURE_NS 500000
#define ATTEMPTS 4
/* What was freed up to this size stays with the process. */
#define KEPT (1 << 30)

struct sample {
    char *text;
    size_t len;
};

static size_t add(char *out, size_t at, const char *text)
{
    size_t len = text ? strlen(text) : 0;

    memcpy(out + at, text ? text : "", len);
    return at + len;
}

static size_t length(const char *text)
{
    return text ? strlen(text) : 0;
}

static struct sample sample_new(const struct linear_text *text, size_t len)
{
    struct sample sample = {.text = malloc(len + 1)};
    size_t end = len - length(text->tail) - length(text->middle);
    size_t half = text->other ? end / 2 : end;
    size_t at = add(sample.text, 0, text->head);

    while (at + length(text->unit) <= half)
        at = add(sample.text, at, text->unit);
    at = add(sample.text, at, text->middle);
    while (text->other && at + length(text->other) <= end)
        at = add(sample.text, at, text->other);
    sample.len = add(sample.text, at, text->tail);
    sample.text[sample.len] = '\0';
    return sample;
}

static int64_t cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Nanoseconds of one run. */
static double measure(linear_run *run, void *context, const struct sample *sample)
{
    int64_t began = cpu_ns(), taken;
    int runs = 0;

    do {
        run(context, sample->text, sample->len);
        runs++;
        taken = cpu_ns() - began;
    } while (taken < MEASURE_NS);
    return (double)taken / runs;
}

static double least(linear_run *run, void *context, const struct sample *sample)
{
    double least = measure(run, context, sample);

    for (int i = 1; i < MEASURES; i++) {
        double one = measure(run, context, sample);
        least = one < least ? one : least;
    }
    return least;
}

double linear_ratio(linear_run *run, void *context, const struct linear_text *text, size_t len)
{
    struct sample shorter = sample_new(text, len / LINEAR_FACTOR);
    struct sample longer = sample_new(text, len);
    double little = least(run, context, &shorter);
    double ratio = least(run, context, &longer) / little;

    free(shorter.text);
    free(longer.text);
    return ratio;
}

static void assert_one(linear_run *run, void *context, const struct linear_text *text, size_t len)
{
    double ratio = LINEAR_RATIO_MAX + 1;

    for (int i = 0; i < ATTEMPTS && ratio > LINEAR_RATIO_MAX; i++)
        ratio = linear_ratio(run, context, text, len);
    if (ratio > LINEAR_RATIO_MAX)
        fail_msg("%d times as long takes %.0f times the work: %s%s%s…", LINEAR_FACTOR, ratio,
            text->head ? text->head : "", text->unit, text->unit);
}

/* A long text takes so much memory that the C library gives it back to the system after each run,
 * and the next run pays for every page anew, which no short one does. */
static void keep_memory(void)
{
    mallopt(M_TRIM_THRESHOLD, KEPT);
    mallopt(M_MMAP_THRESHOLD, KEPT);
}

void linear_assert(
    linear_run *run, void *context, const struct linear_text *texts, size_t count, size_t len)
{
    keep_memory();
    for (size_t i = 0; i < count; i++)
        assert_one(run, context, &texts[i], len);
}
