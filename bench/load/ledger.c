#include <inttypes.h>
#include <stdlib.h>

#include "bench/load/ledger.h"
#include "common/memory.h"

void ledger_init(struct ledger *ledger, uint32_t members, uint32_t slots)
{
    *ledger = (struct ledger){.members = members, .slots = slots};
    ledger->series = mem_array((size_t)members * slots, sizeof(*ledger->series));
}

void ledger_release(struct ledger *ledger)
{
    free(ledger->series);
}

bool ledger_enter(struct ledger *ledger, uint32_t member, uint32_t slot, uint32_t sequence)
{
    struct ledger_series *series;

    if (member >= ledger->members || slot >= ledger->slots) {
        ledger->strayed++;
        return false;
    }
    series = &ledger->series[(size_t)member * ledger->slots + slot];
    if (sequence >= series->next) {
        series->missing += sequence - series->next;
        series->next = sequence + 1;
    } else if (series->missing > 0) {
        series->missing--;
        ledger->disordered++;
    } else {
        ledger->doubled++;
        return false;
    }
    ledger->arrived++;
    return true;
}

int ledger_judge(const struct ledger *ledger, uint64_t expected, struct reason *why)
{
    uint64_t lost = expected > ledger->arrived ? expected - ledger->arrived : 0;

    if (lost == 0 && ledger->doubled == 0 && ledger->disordered == 0 && ledger->strayed == 0)
        return 0;
    return reason_set(why,
        "of %" PRIu64 " deliveries %" PRIu64 " are lost, %" PRIu64 " doubled, %" PRIu64
        " out of order, %" PRIu64 " not for their receiver",
        expected, lost, ledger->doubled, ledger->disordered, ledger->strayed);
}
