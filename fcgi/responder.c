#include "fcgi/responder.h"

#include <stdlib.h>

#include "common/log_pace.h"
#include "common/memory.h"

/* The log says this many times a minute that requests are refused for one and the same reason. */
#define REFUSALS_EACH_MINUTE 10

struct responder {
    struct program_settings *settings;
    struct endpoint_context context;
    struct endpoint *endpoint;
    struct log_pace refusals;
    bool warned_of_proxies;
};

struct responder *responder_open(
    struct program_settings *settings, const struct clock *clock, const struct logger *log)
{
    struct responder *responder = mem_zalloc(sizeof(*responder));

    responder->settings = program_settings_share(settings);
    responder->refusals.each = REFUSALS_EACH_MINUTE;
    responder->context = (struct endpoint_context){&settings->config, settings->own, clock, log};
    responder->endpoint = settings->kind->open(&responder->context);
    return responder;
}

void responder_close(struct responder *responder)
{
    if (!responder)
        return;
    responder->settings->kind->close(responder->endpoint);
    program_settings_release(responder->settings);
    free(responder);
}

const char *responder_fault(struct responder *responder)
{
    return responder->settings->kind->fault(responder->endpoint);
}

int responder_describe(struct responder *responder, struct buf *out)
{
    return responder->settings->kind->describe(responder->endpoint, out);
}

/* Once is enough: this mistake is in every request. */
static void warn_of_proxies(
    struct responder *responder, const struct cgi_request *request, const struct logger *log)
{
    if (!request->forwarded_ignored || responder->warned_of_proxies)
        return;
    responder->warned_of_proxies = true;
    log_warn(log,
        "X-Forwarded-Host and X-Forwarded-Proto from %s are ignored, because it is not among "
        "trusted_proxies. If it is your proxy, add it there",
        request->remote_address ? request->remote_address
                                : "an unknown address (the web server passes no REMOTE_ADDR)");
}

enum endpoint_result responder_answer(struct responder *responder, const struct cgi_input *input,
    enum endpoint_patience patience, struct buf *out)
{
    const struct endpoint_kind *kind = responder->settings->kind;
    struct cgi_request request;
    struct logger log = *responder->context.log;
    struct reason why;

    int refused = cgi_request_read(&request, input, responder->settings->proxies, &why);
    if (request.remote_address)
        log = logger_with(responder->context.log, "client", request.remote_address);
    if (refused) {
        log_paced(&log, LOG_INFO, &responder->refusals, "%d: %s", refused, why.text);
        kind->refuse(refused, request.method == CGI_HEAD, out);
        return ENDPOINT_ANSWERED;
    }
    warn_of_proxies(responder, &request, &log);
    return kind->answer(responder->endpoint, &request, &log, patience, out);
}
