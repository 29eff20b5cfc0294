#include "gateway/framing/event_answer.h"

#include <stddef.h>
#include <stdio.h>

#include "gateway/framing/refusal.h"
#include "gateway/net/exchange.h"

int event_answer_status(int close_code)
{
    static const struct {
        int code, status;
    } statuses[] = {{CLOSE_UNAUTHENTICATED, 401}, {CLOSE_REVOKED, 403}, {CLOSE_TOO_MANY, 429}};

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].code == close_code)
            return statuses[i].status;
    return 503;
}

void event_answer_error(struct exchange *exchange, int status, const char *code, const char *text)
{
    char body[256];

    snprintf(body, sizeof(body), "{\"code\":\"%s\",\"message\":\"%s\"}", code, text);
    exchange_answer(exchange, &(struct http_answer){.status = status, .body = body});
}
