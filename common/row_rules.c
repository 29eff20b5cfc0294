#include "common/row_rules.h"

#include <string.h>

static bool is_among(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

bool row_is_priority(const char *text)
{
    static const char *const priorities[] = {"low", "normal", "high", "urgent"};

    return is_among(text, priorities, sizeof priorities / sizeof *priorities);
}

bool row_event_is_reserved(const char *event)
{
    static const char *const reserved[] = {
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};

    return is_among(event, reserved, sizeof reserved / sizeof *reserved);
}
