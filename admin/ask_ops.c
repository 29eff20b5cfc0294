#include "admin/ask_ops.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define PATIENCE_MS 5000
#define ANSWER_MAX (1u << 20)

/* Whether the port is chosen anew at each start, so that nobody here knows it. */
static bool has_any_port(const char *address)
{
    const char *colon = strrchr(address, ':');

    return strncmp(address, "unix:", 5) != 0 && colon && strcmp(colon, ":0") == 0;
}

const char *ask_ops_address(const struct config *config, struct reason *why)
{
    const struct config_list *addresses = &config->gateway.ops_listen;

    if (addresses->count > 0 && !has_any_port(addresses->items[0]))
        return addresses->items[0];
    reason_set(why, addresses->count == 0 ? "ops_listen is not configured"
                                          : "ops_listen has no port of its own");
    return NULL;
}

int ask_ops(const char *address, const char *path, struct http_reply *reply, struct reason *why)
{
    const struct http_ask ask = {.ms = PATIENCE_MS, .body_max = ANSWER_MAX};
    struct wire_target target;
    int status;

    *reply = (struct http_reply){.status = -1};
    if (wire_target_from_address(&target, address, path, why) < 0)
        return -1;
    status = http_client_ask(&target, &ask, reply, why);
    wire_target_release(&target);
    return status;
}

void ask_ops_add_value(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("-._~", *text))
            buf_add_char(out, *text);
        else
            buf_addf(out, "%%%02X", (unsigned char)*text);
    }
}
