#include "gateway/store/health.h"

#include <inttypes.h>

/* A lock is soon released; a full disk stays full for longer. */
#define BUSY_FIRST_MS 1
#define BUSY_LONGEST_MS 20
#define BUSY_QUIET_MS 500
#define FIRST_MS 10
#define LONGEST_MS 2000

void health_init(struct health *health, const char *doing)
{
    *health = (struct health){.doing = doing};
}

static int64_t health_next_pause(const struct health *health, enum engine_trouble trouble, int code)
{
    int64_t first = trouble == ENGINE_BUSY ? BUSY_FIRST_MS : FIRST_MS;
    int64_t longest = trouble == ENGINE_BUSY ? BUSY_LONGEST_MS : LONGEST_MS;
    int64_t pause = health->failing && health->code == code ? health->pause * 2 : first;

    return pause < longest ? pause : longest;
}

static void health_begin(struct health *health, int64_t now)
{
    health->failing = true;
    health->is_logged = false;
    health->since = now;
    health->tries = 0;
}

void health_failed(struct health *health, const struct logger *log, enum engine_trouble trouble,
    int code, const struct reason *why, int64_t now)
{
    health->pause = health_next_pause(health, trouble, code);
    health->retry_at = now + health->pause;
    if (!health->failing)
        health_begin(health, now);
    else if (health->code != code)
        health->is_logged = false;
    health->trouble = trouble;
    health->code = code;
    health->why = *why;
    health->tries++;
    if (health->is_logged || (trouble == ENGINE_BUSY && now - health->since < BUSY_QUIET_MS))
        return;
    health->is_logged = true;
    log_warn(log, "%s failed, will be tried again: %s", health->doing, why->text);
}

void health_worked(struct health *health, const struct logger *log, int64_t now)
{
    if (!health->failing)
        return;
    if (health->is_logged)
        log_info(log, "%s works again after %" PRId64 " ms and %" PRIu64 " tries", health->doing,
            now - health->since, health->tries);
    health->failing = false;
    health->retry_at = 0;
}

bool health_allows(const struct health *health, int64_t now)
{
    return !health->failing || now >= health->retry_at;
}
