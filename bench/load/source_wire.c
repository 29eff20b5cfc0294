/* source_wire: publishes over connections, for servers that keep nothing, and in conversations. */
#include <stdlib.h>

#include "bench/load/dialect.h"
#include "bench/load/now.h"
#include "bench/load/pace.h"
#include "bench/load/source.h"
#include "bench/load/stamp.h"
#include "common/container_of.h"
#include "common/memory.h"

/* So many are published at most before the loop reads again. The times of so many are known that
 * have no answer yet; with more, the answers are counted, and not measured. */
enum { AT_ONCE = 64, UNANSWERED = 4096 };

struct wire_publisher {
    uint32_t *sequences; /* for each destination */
    uint64_t sent, answered;
    int64_t times[UNANSWERED]; /* when the last ones were due */
};

struct source_wire {
    struct source source;
    struct member *members;
    struct wire_publisher *publishers;
    uint32_t count;
    void (*publish)(struct member *member, const char *topic, const char *payload, size_t len);
    char *payload;
    struct pace pace;
    bool runs;
    struct histogram answers;
};

static void wire_start(struct source *source)
{
    struct source_wire *wire = container_of(source, struct source_wire, source);

    wire->runs = true;
    histogram_clear(&wire->answers);
    if (source->common->options->rate > 0)
        pace_start(&wire->pace, now_ns());
}

static void wire_publish(struct source_wire *wire, uint32_t which, int64_t time)
{
    struct source *source = &wire->source;
    struct wire_publisher *publisher = &wire->publishers[which];
    const struct options *options = source->common->options;
    uint32_t destination = (uint32_t)(source->figures.published++ % source->destinations);
    struct stamp stamp = {source->run, options->publisher_id + which, destination,
        publisher->sequences[destination]++, (uint32_t)publisher->sent, time};
    char topic[TOPIC_SIZE];

    publisher->times[publisher->sent++ % UNANSWERED] = time;
    stamp_write(&stamp, wire->payload + PAYLOAD_STAMP);
    source->common->name(source->common, destination, topic);
    wire->publish(&wire->members[which], topic, wire->payload, options->size);
}

/* Whether one more is to be published now. */
static bool wire_may(const struct source_wire *wire, uint64_t allowed, int64_t now)
{
    if (!wire->runs)
        return false;
    if (wire->source.common->options->rate > 0)
        return wire->pace.next <= now;
    return wire->source.figures.published < allowed;
}

static int64_t wire_tick(struct source *source, uint64_t allowed)
{
    struct source_wire *wire = container_of(source, struct source_wire, source);
    bool is_open = source->common->options->rate > 0;
    int64_t now = now_ns();

    for (unsigned i = 0; i < AT_ONCE && wire_may(wire, allowed, now); i++) {
        uint32_t which = (uint32_t)(source->figures.published % wire->count);

        /* What the server does not read is not published any faster. */
        if (wire->members[which].link.pending_len > 0)
            return NS_PER_MS;
        wire_publish(wire, which, is_open ? pace_step(&wire->pace) : now_ns());
    }
    if (wire_may(wire, allowed, now))
        return 0;
    return wire->runs && is_open ? wire->pace.next - now : NS_PER_SECOND;
}

static void wire_stop(struct source *source)
{
    container_of(source, struct source_wire, source)->runs = false;
}

/* Where publications are answered, some may be on their way. */
static bool wire_is_busy(struct source *source)
{
    return source->figures.answer && source->figures.answered < source->figures.published;
}

/* Answers come in the order of what they answer. */
static void wire_answered(struct source *source, const struct member *member)
{
    struct source_wire *wire = container_of(source, struct source_wire, source);
    struct wire_publisher *publisher = &wire->publishers[member - wire->members];
    uint64_t which = publisher->answered++;

    source->figures.answered++;
    if (publisher->sent - which <= UNANSWERED)
        histogram_record(
            &wire->answers, member->common->loop.now - publisher->times[which % UNANSWERED]);
}

static void wire_free(struct source *source)
{
    struct source_wire *wire = container_of(source, struct source_wire, source);

    for (uint32_t i = 0; i < wire->count; i++)
        free(wire->publishers[i].sequences);
    free(wire->publishers);
    free(wire->payload);
    free(wire);
}

static const struct source_kind kind = {
    wire_start, wire_tick, wire_stop, wire_is_busy, NULL, wire_answered, wire_free};

struct source *source_wire_new(struct member_common *common, struct member *publishers,
    uint32_t count, bool talks, uint32_t run, uint32_t destinations)
{
    const struct dialect *dialect = common->dialect;
    struct source_wire *wire = mem_zalloc(sizeof(*wire));
    bool is_answered = talks && dialect->say;

    wire->source =
        (struct source){.kind = &kind, .common = common, .run = run, .destinations = destinations};
    wire->source.figures.answer = is_answered ? &wire->answers : NULL;
    wire->publish = is_answered ? dialect->say : dialect->publish;
    wire->members = publishers;
    wire->count = count;
    wire->publishers = mem_array(count, sizeof(*wire->publishers));
    for (uint32_t i = 0; i < count; i++)
        wire->publishers[i].sequences = mem_array(destinations, sizeof(uint32_t));
    wire->payload = payload_new(common->options->size);
    if (common->options->rate > 0)
        pace_init(&wire->pace, common->options->rate, common->options->publisher_id);
    return &wire->source;
}
