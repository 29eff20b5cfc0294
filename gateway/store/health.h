/*
 * health: an operation that may fail for a while and is retried with growing
 * pauses.
 *
 * A line is logged when it begins to fail, when it fails for another reason,
 * and when it works again; not for each try, and not for a lock that is soon
 * released, which is normal. Times are steady milliseconds.
 */
#ifndef BELFRY_GATEWAY_STORE_HEALTH_H
#define BELFRY_GATEWAY_STORE_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"
#include "common/reason.h"
#include "gateway/store/engine.h"

struct health {
    const char *doing; /* "writing the queue", for the log */
    bool failing;
    bool is_logged; /* this failure was logged */
    enum engine_trouble trouble;
    int code; /* the engine's error number of the last failure */
    struct reason why;
    int64_t since;
    int64_t retry_at;
    int64_t pause;
    uint64_t tries;
};

void health_init(struct health *health, const char *doing);
void health_failed(struct health *health, const struct logger *log, enum engine_trouble trouble,
    int code, const struct reason *why, int64_t now);
void health_worked(struct health *health, const struct logger *log, int64_t now);
/* Whether the pause is over and it may be tried. */
bool health_allows(const struct health *health, int64_t now);

#endif
