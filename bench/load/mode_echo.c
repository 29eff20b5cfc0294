/* Mode echo: each connection sends an event and hears the reply, --outstanding at a time. */
#include <stdlib.h>

#include "bench/load/dialect.h"
#include "bench/load/mode.h"
#include "bench/load/names.h"
#include "bench/load/now.h"
#include "bench/load/phase.h"
#include "common/memory.h"

struct echo {
    struct crowd crowd;
    char *payload;
    int64_t *sent;   /* for each connection, when its last --outstanding were sent */
    uint32_t *heard; /* how many replies each connection has */
    uint64_t replies, owed;
    bool runs;
    int64_t last;
    struct histogram latency;
};

static void echo_send(struct echo *echo, struct member *member, uint32_t slot)
{
    const struct options *options = member->common->options;

    echo->sent[(size_t)member->index * options->outstanding + slot] = now_ns();
    echo->owed++;
    member->common->dialect->echo(member, echo->payload, options->size);
}

/* Replies come in the order of the events, so the time of the event is that of the slot in turn. */
static void on_answered(void *context, struct member *member)
{
    struct echo *echo = context;
    uint32_t outstanding = member->common->options->outstanding;
    uint32_t slot = echo->heard[member->index]++ % outstanding;

    echo->owed--;
    echo->replies++;
    echo->last = member->common->loop.now;
    histogram_record(
        &echo->latency, echo->last - echo->sent[(size_t)member->index * outstanding + slot]);
    if (echo->runs)
        echo_send(echo, member, slot);
}

static void on_delivered(void *context, struct member *member, const struct stamp *stamp)
{
    (void)context;
    (void)member;
    (void)stamp;
}

static const struct crowd_events events = {on_delivered, on_answered};

/* Sends the first events, goes on for so long, and waits for the last replies. */
static void echo_exchange(struct echo *echo, double seconds)
{
    const struct options *options = echo->crowd.common.options;

    echo->runs = true;
    for (uint32_t i = 0; i < echo->crowd.count; i++) {
        for (uint32_t k = 0; k < options->outstanding; k++)
            echo_send(echo, &echo->crowd.members[i], (echo->heard[i] + k) % options->outstanding);
    }
    crowd_wait(&echo->crowd, seconds);
    echo->runs = false;
}

static void echo_drain(struct echo *echo)
{
    int64_t end =
        now_ns() + (int64_t)(echo->crowd.common.options->patience * (double)NS_PER_SECOND);

    while (echo->owed > 0 && echo->crowd.failed == 0 && now_ns() < end)
        crowd_turn(&echo->crowd, NS_PER_MS);
}

static void echo_report(const struct echo *echo, int64_t began, struct report *report)
{
    double elapsed = echo->replies > 0 ? (double)(echo->last - began) / (double)NS_PER_SECOND : 0;

    report_end(report, echo->replies);
    report_number(report, "elapsed", elapsed);
    report_count(report, "replies", echo->replies);
    report_number(report, "per_second", elapsed > 0 ? (double)echo->replies / elapsed : 0);
    report_latency(report, "latency", &echo->latency);
}

static int echo_measure(struct echo *echo, struct report *report, struct reason *why)
{
    const struct options *options = echo->crowd.common.options;
    int64_t began;

    if (options->warm > 0) {
        phase_begin(&echo->crowd, "warm");
        echo_exchange(echo, options->warm);
        echo_drain(echo);
    }
    phase_begin(&echo->crowd, "measure");
    histogram_clear(&echo->latency);
    echo->replies = 0;
    report_begin(report);
    began = now_ns();
    echo_exchange(echo, options->seconds);
    phase_begin(&echo->crowd, "drain");
    echo_drain(echo);
    phase_begin(&echo->crowd, "end");
    echo_report(echo, began, report);
    if (echo->crowd.failed)
        return reason_set(why, "%s", echo->crowd.problem.text);
    return echo->owed ? reason_set(why, "%lu replies are missing", (unsigned long)echo->owed) : 0;
}

static int echo_run(struct echo *echo, struct report *report, struct reason *why)
{
    const struct options *options = echo->crowd.common.options;
    int result;

    if (!options->dialect->echo || options->outstanding == 0)
        return reason_set(why, "echo: this dialect has no replies, or --outstanding is 0");
    echo->crowd.common.name = name_public;
    echo->crowd.events = &events;
    echo->crowd.context = echo;
    echo->payload = payload_new(options->size);
    echo->sent = mem_array((size_t)options->connections * options->outstanding, sizeof(int64_t));
    echo->heard = mem_array(options->connections, sizeof(uint32_t));
    phase_begin(&echo->crowd, "connect");
    result = crowd_connect(&echo->crowd, echo->crowd.count, why);
    return result ? result : echo_measure(echo, report, why);
}

int mode_echo(const struct options *options, struct report *report, struct reason *why)
{
    struct echo *echo = mem_zalloc(sizeof(*echo));
    int result = crowd_init(&echo->crowd, options, options->connections, 0, why);

    if (!result)
        result = echo_run(echo, report, why);
    report_crowd(report, &echo->crowd);
    crowd_release(&echo->crowd);
    free(echo->payload);
    free(echo->sent);
    free(echo->heard);
    free(echo);
    return result;
}
