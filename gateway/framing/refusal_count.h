/*
 * refusal_count: how often clients were refused something, by the code that
 * they were told. The codes are those of belfry-protocol(7), so that there are
 * only so many.
 */
#ifndef BELFRY_GATEWAY_FRAMING_REFUSAL_COUNT_H
#define BELFRY_GATEWAY_FRAMING_REFUSAL_COUNT_H

#include <stdint.h>

#define REFUSAL_CODES 16

/* The last is "other". */
extern const char *const refusal_codes[REFUSAL_CODES];

/* `code`: NULL: none was told, which counts as "other". */
void refusal_count(uint64_t counts[REFUSAL_CODES], const char *code);

#endif
