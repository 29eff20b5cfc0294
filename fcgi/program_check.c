#include "fcgi/program_check.h"

#include <stdio.h>
#include <string.h>

#include "common/layout.h"
#include "fcgi/program_sandbox.h"
#include "fcgi/responder.h"

#define REPORT_MAX (256 * 1024)

static int endpoint_describe(struct program_settings *settings, const struct clock *clock,
    const struct logger *log, struct buf *out)
{
    struct responder *responder = responder_open(settings, clock, log);
    int result = responder_describe(responder, out);

    responder_close(responder);
    return result;
}

static void add_advice(void *context, const char *sentence)
{
    buf_addf(context, "to be changed: %s\n", sentence);
}

/* Escapes each line: the names of tables and columns come from somebody else. */
static void print_escaped(const struct buf *out)
{
    struct buf escaped;

    buf_init(&escaped, 4 * REPORT_MAX);
    for (const char *at = out->data; *at; at++) {
        size_t len = strcspn(at, "\n");
        buf_add_escaped(&escaped, at, len);
        buf_add_char(&escaped, '\n');
        at += len;
        if (*at == '\0')
            break;
    }
    fwrite(escaped.data, 1, escaped.len, stdout);
    buf_release(&escaped);
}

int program_check_print(
    struct program_settings *settings, const struct clock *clock, const struct logger *log)
{
    struct buf out;

    buf_init(&out, REPORT_MAX);
    config_describe(&settings->config, &out);
    int result = endpoint_describe(settings, clock, log, &out);
    program_sandbox_describe(settings, &out);
    if (layout_advise(&settings->config, add_advice, &out) > 0)
        result = -1;
    buf_add_text(&out, result == 0 ? "all of it works\n" : "not all of it works\n");
    print_escaped(&out);
    buf_release(&out);
    return result;
}

static void log_advice(void *context, const char *sentence)
{
    log_warn((const struct logger *)context, "to be changed: %s", sentence);
}

void program_check_log(
    struct program_settings *settings, const struct clock *clock, const struct logger *log)
{
    char *rest = NULL;
    struct buf out;

    buf_init(&out, REPORT_MAX);
    int result = endpoint_describe(settings, clock, log, &out);
    for (char *line = strtok_r(out.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        log_write(log, result == 0 ? LOG_INFO : LOG_ERROR, "%s", line + strspn(line, " "));
    layout_advise(&settings->config, log_advice, (void *)log);
    buf_release(&out);
}
