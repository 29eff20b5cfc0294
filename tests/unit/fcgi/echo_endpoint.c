#include "tests/unit/fcgi/echo_endpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "fcgi/response.h"

#define ANSWER_MAX ENDPOINT_ANSWER_LIMIT
#define HEADERS_MAX 1024

atomic_bool echo_is_busy;

struct echo {
    struct endpoint endpoint;
    const char *subject;
};

static struct endpoint_service echo_service(const struct config *config)
{
    return (struct endpoint_service){config->auth.socket, "", config->auth.threads, 2000};
}

static void *echo_load(struct config *config, struct reason *why)
{
    if (strcmp(config->auth.session_cookie, "wrong") == 0) {
        reason_set(why, "session_cookie: this one is wrong");
        return NULL;
    }
    return mem_strdup(config->auth.subject);
}

static char *echo_summarise(const void *settings, char *out, size_t size)
{
    snprintf(out, size, "subject %s", (const char *)settings);
    return out;
}

static struct endpoint *echo_open(const struct endpoint_context *context)
{
    struct echo *echo = mem_zalloc(sizeof(*echo));

    echo->endpoint.kind = &echo_endpoint;
    echo->subject = context->settings;
    return &echo->endpoint;
}

static void echo_close(struct endpoint *endpoint)
{
    free(endpoint);
}

static const char *echo_fault(struct endpoint *endpoint)
{
    (void)endpoint;
    return NULL;
}

static int echo_describe(struct endpoint *endpoint, struct buf *out)
{
    buf_addf(out, "echo of subject %s\n", ((struct echo *)endpoint)->subject);
    return 0;
}

static void echo_refuse(int status, bool head, struct buf *out)
{
    response_begin(out, status);
    response_end(out, "{\"error\":\"refused\"}", head);
}

static void add_echo(const struct echo *echo, const struct cgi_request *request, struct buf *out)
{
    static const char *const methods[] = {
        [CGI_GET] = "GET", [CGI_POST] = "POST", [CGI_PATCH] = "PATCH", [CGI_OTHER_METHOD] = ""};
    const struct cgi_input *input = request->input;
    bool has_body = input->body_len > 0;

    buf_addf(out,
        "{\"method\":\"%s\",\"subject\":\"%s\",\"length\":%" PRId64
        ",\"first\":\"%.*s\",\"last\":\"%.*s\",\"by\":\"%s\"}",
        methods[request->method], echo->subject, input->body_len, (int)has_body, input->body,
        (int)has_body, has_body ? input->body + input->body_len - 1 : "",
        input->by_cgi ? "cgi" : "fastcgi");
}

/* Bytes of the body, at least. */
static size_t length_wanted(const char *cookie)
{
    if (strcmp(cookie, ECHO_TOO_LONG) == 0)
        return ANSWER_MAX;
    return strcmp(cookie, ECHO_LONG) == 0 ? ANSWER_MAX - HEADERS_MAX : 0;
}

static enum endpoint_result echo_answer(struct endpoint *endpoint,
    const struct cgi_request *request, const struct logger *log, enum endpoint_patience patience,
    struct buf *out)
{
    bool head = request->method == CGI_HEAD;
    struct buf body;

    (void)log;
    if (!*request->cookie) {
        echo_refuse(401, head, out);
        return ENDPOINT_ANSWERED;
    }
    if (atomic_load(&echo_is_busy) && patience == ENDPOINT_MAY_DEFER)
        return ENDPOINT_DEFERRED;
    if (atomic_load(&echo_is_busy)) {
        echo_refuse(503, head, out);
        return ENDPOINT_BUSY;
    }
    buf_init(&body, ANSWER_MAX);
    add_echo((struct echo *)endpoint, request, &body);
    while (body.len < length_wanted(request->cookie))
        buf_add_char(&body, ' ');
    response_begin(out, 200);
    response_end(out, body.data, head);
    buf_release(&body);
    return ENDPOINT_AVAILABLE;
}

const struct endpoint_kind echo_endpoint = {
    .program = "belfry-echo",
    .purpose = "An endpoint for tests.",
    .section = "auth",
    .body_max = ECHO_BODY_MAX,
    .reads_body = true,
    .answer_max = ANSWER_MAX,
    .service = echo_service,
    .load = echo_load,
    .unload = free,
    .summarise = echo_summarise,
    .open = echo_open,
    .close = echo_close,
    .fault = echo_fault,
    .describe = echo_describe,
    .answer = echo_answer,
    .refuse = echo_refuse,
};
