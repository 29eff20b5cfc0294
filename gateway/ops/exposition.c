#include "gateway/ops/exposition.h"

#include <inttypes.h>
#include <stdbool.h>

static void add_escaped(struct buf *out, const char *text, bool quotes)
{
    for (; *text; text++) {
        if (*text == '\n') {
            buf_add_text(out, "\\n");
            continue;
        }
        if (*text == '\\' || (quotes && *text == '"'))
            buf_add_char(out, '\\');
        buf_add_char(out, *text);
    }
}

void exposition_begin(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_addf(out, "# HELP belfry_%s ", name);
    add_escaped(out, help, false);
    buf_addf(out, "\n# TYPE belfry_%s %s\n", name, type);
}

static void add_label(struct buf *out, const char *name, const char *value, bool *any)
{
    buf_add_char(out, *any ? ',' : '{');
    buf_addf(out, "%s=\"", name);
    add_escaped(out, value, true);
    buf_add_char(out, '"');
    *any = true;
}

/* `le`: the bound of a bucket, or NULL. */
static void add_series(struct buf *out, const char *name, const char *suffix,
    const struct exposition_label *labels, const char *le)
{
    bool any = false;

    buf_addf(out, "belfry_%s%s", name, suffix);
    for (; labels && labels->name; labels++)
        add_label(out, labels->name, labels->value, &any);
    if (le)
        add_label(out, "le", le, &any);
    buf_add_text(out, any ? "} " : " ");
}

void exposition_sample(
    struct buf *out, const char *name, const struct exposition_label *labels, int64_t value)
{
    add_series(out, name, "", labels, NULL);
    buf_addf(out, "%" PRId64 "\n", value);
}

void exposition_sample_ms(struct buf *out, const char *name, int64_t thousandths)
{
    add_series(out, name, "", NULL, NULL);
    buf_addf(out, "%" PRId64 ".%03" PRId64 "\n", thousandths / 1000, thousandths % 1000);
}

void exposition_histogram(struct buf *out, const char *name, const struct exposition_label *labels,
    const struct histogram_copy *histogram)
{
    uint64_t count = 0;

    for (unsigned bucket = 0; bucket <= HISTOGRAM_BOUNDS; bucket++) {
        count += histogram->counts[bucket];
        add_series(out, name, "_bucket", labels,
            bucket < HISTOGRAM_BOUNDS ? histogram_bounds[bucket].text : "+Inf");
        buf_addf(out, "%" PRIu64 "\n", count);
    }
    add_series(out, name, "_sum", labels, NULL);
    buf_addf(out, "%" PRIu64 ".%06" PRIu64 "\n", histogram->sum_us / 1000000,
        histogram->sum_us % 1000000);
    add_series(out, name, "_count", labels, NULL);
    buf_addf(out, "%" PRIu64 "\n", count);
}
