/* source_wire: publishes over connections, for servers that keep nothing. */
#include <stdlib.h>

#include "bench/load/dialect.h"
#include "bench/load/now.h"
#include "bench/load/pace.h"
#include "bench/load/source.h"
#include "bench/load/stamp.h"
#include "common/container_of.h"
#include "common/memory.h"

/* So many at most before the loop reads again. */
enum { AT_ONCE = 64 };

struct source_wire {
    struct source source;
    struct member *publishers;
    uint32_t count;
    uint32_t *sequences; /* publishers × destinations */
    char *payload;
    struct pace pace;
    bool runs;
};

static void wire_start(struct source *source)
{
    struct source_wire *wire = container_of(source, struct source_wire, source);

    wire->runs = true;
    if (source->common->options->rate > 0)
        pace_start(&wire->pace, now_ns());
}

static void wire_publish(struct source_wire *wire, struct member *publisher, int64_t time)
{
    struct source *source = &wire->source;
    const struct options *options = source->common->options;
    uint64_t number = source->figures.published++;
    uint32_t which = (uint32_t)(publisher - wire->publishers);
    uint32_t destination = (uint32_t)(number % source->destinations);
    struct stamp stamp = {source->run, options->publisher_id + which, destination,
        wire->sequences[(size_t)which * source->destinations + destination]++, time};
    char topic[TOPIC_SIZE];

    stamp_write(&stamp, wire->payload + PAYLOAD_STAMP);
    source->common->name(source->common, destination, topic);
    source->common->dialect->publish(publisher, topic, wire->payload, options->size);
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
    bool open = source->common->options->rate > 0;
    int64_t now = now_ns();

    for (unsigned i = 0; i < AT_ONCE && wire_may(wire, allowed, now); i++) {
        struct member *publisher = &wire->publishers[source->figures.published % wire->count];

        /* What the server does not read is not published any faster. */
        if (publisher->link.pending_len > 0)
            return NS_PER_MS;
        wire_publish(wire, publisher, open ? pace_step(&wire->pace) : now_ns());
    }
    if (wire_may(wire, allowed, now))
        return 0;
    return wire->runs && open ? wire->pace.next - now : NS_PER_SECOND;
}

static void wire_stop(struct source *source)
{
    container_of(source, struct source_wire, source)->runs = false;
}

static bool wire_is_busy(struct source *source)
{
    (void)source;
    return false;
}

static void wire_free(struct source *source)
{
    struct source_wire *wire = container_of(source, struct source_wire, source);

    free(wire->sequences);
    free(wire->payload);
    free(wire);
}

static const struct source_kind kind = {wire_start, wire_tick, wire_stop, wire_is_busy, wire_free};

struct source *source_wire_new(struct member_common *common, struct member *publishers,
    uint32_t count, uint32_t run, uint32_t destinations)
{
    struct source_wire *wire = mem_zalloc(sizeof(*wire));

    wire->source =
        (struct source){.kind = &kind, .common = common, .run = run, .destinations = destinations};
    wire->publishers = publishers;
    wire->count = count;
    wire->sequences = mem_array((size_t)count * destinations, sizeof(*wire->sequences));
    wire->payload = payload_new(common->options->size);
    if (common->options->rate > 0)
        pace_init(&wire->pace, common->options->rate, common->options->publisher_id);
    return &wire->source;
}
