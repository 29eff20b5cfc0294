/*
 * exposition: writes metrics in Prometheus' text format, version 0.0.4.
 *
 * A metric is begun once, with its type and help, and then all its samples
 * follow. Names are constants and written as they are; help and the values of
 * labels are escaped.
 */
#ifndef BELFRY_GATEWAY_OPS_EXPOSITION_H
#define BELFRY_GATEWAY_OPS_EXPOSITION_H

#include <stdint.h>

#include "common/buf.h"
#include "common/histogram.h"

/* Labels of a sample; it ends with a name that is NULL. */
struct exposition_label {
    const char *name, *value;
};

void exposition_begin(struct buf *out, const char *name, const char *type, const char *help);
/* `labels` may be NULL. */
void exposition_sample(
    struct buf *out, const char *name, const struct exposition_label *labels, int64_t value);
/* The value in thousandths. */
void exposition_sample_ms(struct buf *out, const char *name, int64_t thousandths);
void exposition_histogram(struct buf *out, const char *name, const struct exposition_label *labels,
    const struct histogram_copy *histogram);

#endif
