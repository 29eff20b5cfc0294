#include "auth-fcgi/check.h"

#include <stdio.h>
#include <string.h>

#include "auth-fcgi/endpoint.h"
#include "common/buf.h"
#include "common/layout.h"

#define REPORT_MAX (256 * 1024)

static void describe_secrets(const struct settings *settings, struct buf *out)
{
    char described[256];

    if (settings->secrets.count > 0)
        buf_addf(out, "tokens: %s\n",
            secrets_describe(&settings->secrets, described, sizeof(described)));
}

static int describe_sources(
    struct settings *settings, const struct clock *clock, const struct logger *log, struct buf *out)
{
    struct endpoint *endpoint = endpoint_new(settings, clock, log);
    int result = endpoint_describe(endpoint, out);

    endpoint_free(endpoint);
    return result;
}

static void add_advice(void *context, const char *sentence)
{
    buf_addf(context, "to be changed: %s\n", sentence);
}

/* The names of tables and columns are somebody else's words. */
static void print_shown(const struct buf *out)
{
    struct buf shown;

    buf_init(&shown, 4 * REPORT_MAX);
    for (const char *at = out->data; *at; at++) {
        size_t len = strcspn(at, "\n");
        buf_add_escaped(&shown, at, len);
        buf_add_char(&shown, '\n');
        at += len;
        if (*at == '\0')
            break;
    }
    fwrite(shown.data, 1, shown.len, stdout);
    buf_release(&shown);
}

int check_print(struct settings *settings, const struct clock *clock, const struct logger *log)
{
    struct buf out;

    buf_init(&out, REPORT_MAX);
    config_describe(&settings->config, &out);
    describe_secrets(settings, &out);
    int result = describe_sources(settings, clock, log, &out);
    if (layout_advise(&settings->config, add_advice, &out) > 0)
        result = -1;
    buf_add_text(&out, result == 0 ? "all of it works\n" : "not all of it works\n");
    print_shown(&out);
    buf_release(&out);
    return result;
}

static void log_lines(const struct logger *log, enum log_level level, char *text)
{
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        log_write(log, level, "%s", line + strspn(line, " "));
}

static void log_advice(void *context, const char *sentence)
{
    log_warn((const struct logger *)context, "to be changed: %s", sentence);
}

void check_log(struct settings *settings, const struct clock *clock, const struct logger *log)
{
    struct buf out;

    buf_init(&out, REPORT_MAX);
    describe_secrets(settings, &out);
    int result = describe_sources(settings, clock, log, &out);
    log_lines(log, result == 0 ? LOG_INFO : LOG_ERROR, out.data);
    layout_advise(&settings->config, log_advice, (void *)log);
    buf_release(&out);
}
