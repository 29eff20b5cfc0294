/* dialects: the table of all. */
#include <string.h>

#include "bench/load/dialect.h"

static const struct dialect *const table[] = {&dialect_belfry_socketio, &dialect_belfry_plain,
    &dialect_socketio, &dialect_websocket, &dialect_nats, &dialect_mqtt, &dialect_nchan,
    &dialect_belfry_polling, &dialect_belfry_events};

const struct dialect *dialect_find(const char *name)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcmp(table[i]->name, name) == 0)
            return table[i];
    }
    return NULL;
}
