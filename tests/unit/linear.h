/*
 * linear: tells work that grows with its input from work that grows faster.
 *
 * A parser is run on a text and on one LINEAR_FACTOR times as long, and the CPU
 * time of this thread is compared. What is linear takes LINEAR_FACTOR times as
 * long, what is quadratic the square of that; the bound lies between the two, far
 * from both, so that a busy machine makes no difference.
 */
#ifndef BELFRY_TESTS_UNIT_LINEAR_H
#define BELFRY_TESTS_UNIT_LINEAR_H

#include <stddef.h>

#define LINEAR_FACTOR 16

/* head unit… middle other… tail: as many of both as fit. All but `unit` may be NULL.
 */
struct linear_text {
    const char *head, *unit, *middle, *other, *tail;
};

/* The text is NUL-terminated, in memory of its own. */
typedef void linear_run(void *context, const char *text, size_t len);

/* Of the times: what is quadratic has LINEAR_FACTOR * LINEAR_FACTOR. */
#define LINEAR_RATIO_MAX (LINEAR_FACTOR * 4)

/* How many times as long the longer text takes; `len` is its length. */
double linear_ratio(linear_run *run, void *context, const struct linear_text *text, size_t len);
/* Fails the test if the work grows faster than the text. */
void linear_assert(
    linear_run *run, void *context, const struct linear_text *text, size_t count, size_t len);

#endif
