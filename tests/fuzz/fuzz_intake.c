/*
 * The input as data of a web server on a FastCGI connection, at once and byte by
 * byte: both result in the same requests.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/intake.h"
#include "fcgi/pairs.h"

#define EVENTS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct story {
    enum intake_event events[EVENTS_MAX];
    size_t params[EVENTS_MAX];
    size_t count;
};

static void take(struct story *story, struct intake *intake, enum intake_event event)
{
    struct reason why;

    if (event == INTAKE_REQUEST && pairs_check(intake->params.data, intake->params.len, &why) < 0)
        abort();
    if (event == INTAKE_REQUEST && intake->body.len != intake->body_len)
        abort();
    if (story->count < EVENTS_MAX) {
        story->events[story->count] = event;
        story->params[story->count++] = intake->params.len;
    }
    intake_next(intake);
}

static void tell(struct story *story, const char *data, size_t size, size_t step)
{
    struct intake_bodies bodies = {.body_max = 65536, .keep = true, .bodies_max = 65536};
    struct intake intake;
    bool over = false;

    *story = (struct story){.count = 0};
    intake_init(&intake, &bodies);
    for (size_t at = 0; at < size && !over; at += step) {
        const char *part = data + at;
        size_t len = size - at < step ? size - at : step;
        while (len > 0 && !over) {
            enum intake_event event = intake_feed(&intake, &part, &len);

            buf_clear(&intake.replies);
            over = event == INTAKE_BROKEN || event == INTAKE_REFUSED;
            if (event != INTAKE_MORE)
                take(story, &intake, event);
        }
    }
    intake_release(&intake);
    if (bodies.kept != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct story whole, cut;
    /* More could ask for more replies at once than are kept. */

    if (size > 2000)
        return 0;
    tell(&whole, (const char *)data, size, size + 1);
    tell(&cut, (const char *)data, size, 1);
    if (whole.count != cut.count)
        abort();
    for (size_t i = 0; i < whole.count; i++)
        if (whole.events[i] != cut.events[i] || whole.params[i] != cut.params[i])
            abort();
    return 0;
}
