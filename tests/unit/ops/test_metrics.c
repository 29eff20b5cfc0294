#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/ops/metrics.h"

static void expect_line(const struct buf *out, const char *line)
{
    char whole[200];

    snprintf(whole, sizeof(whole), "\n%s\n", line);
    if (!strstr(out->data, whole))
        fail_msg("no line \"%s\" in\n%s", line, out->data);
}

/* Each is read with the width of its type: on 32 bits, a size_t must not include its neighbour. */
static void writes_each_figure_as_it_stands(void **state)
{
    struct metrics metrics;
    struct buf out;

    (void)state;
    memset(&metrics, 0xff, sizeof(metrics));
    metrics.net.open = 1;
    metrics.framing.connections[TRANSPORT_POLLING][0] = 12;
    metrics.framing.connections[TRANSPORT_EVENTS][1] = 13;
    metrics.framing.refusals[REFUSAL_CODES - 1] = 14;
    metrics.net.refused_status[HTTP_REFUSALS - 1] = 15;
    metrics.net.refused_status[0] = 16;
    metrics.store.last_checkpoint_ms = 1500;
    metrics.realtime.confirm_times.counts[HISTOGRAM_BOUNDS] = 17;
    metrics.net.bytes_out = UINT64_C(123456789012345);
    metrics.realtime.clients = 2;
    metrics.realtime.users = 3;
    metrics.realtime.topics = 4;
    metrics.realtime.subscriptions = 5;
    metrics.framing.slow_consumers = 6;
    metrics.directory.sessions = 7;
    metrics.directory.ended[DIRECTORY_SILENT] = 8;
    metrics.framing.polls = 9;
    metrics.framing.upgrades_failed = 10;
    metrics.framing.event_posts = 11;
    metrics.started_at = 1700000000;
    metrics.ready = 0;
    buf_init(&out, 1 << 20);
    metrics_write(&metrics, &out);
    assert_false(out.overflowed);
    expect_line(&out, "belfry_websockets 1");
    expect_line(&out, "belfry_connections{carrier=\"polling\",framing=\"socket.io\"} 12");
    expect_line(&out, "belfry_connections{carrier=\"events\",framing=\"plain\"} 13");
    expect_line(&out, "belfry_refusals_total{code=\"other\"} 14");
    expect_line(&out, "belfry_http_refusals_total{status=\"other\"} 15");
    expect_line(&out, "belfry_http_refusals_total{status=\"400\"} 16");
    expect_line(&out, "belfry_queue_last_checkpoint_seconds 1.500");
    expect_line(&out, "belfry_sent_bytes_total 123456789012345");
    expect_line(&out, "belfry_clients 2");
    expect_line(&out, "belfry_users 3");
    expect_line(&out, "belfry_topics 4");
    expect_line(&out, "belfry_subscriptions 5");
    expect_line(&out, "belfry_slow_consumers_total 6");
    expect_line(&out, "belfry_socketless_sessions 7");
    expect_line(&out, "belfry_socketless_silent_total 8");
    expect_line(&out, "belfry_polls_total 9");
    expect_line(&out, "belfry_upgrades_failed_total 10");
    expect_line(&out, "belfry_event_posts_total 11");
    expect_line(&out, "belfry_start_time_seconds 1700000000");
    expect_line(&out, "belfry_ready 0");
    buf_release(&out);
}

/* What a line of samples is of: a histogram's belong to it under three names. */
static bool is_of(const char *line, const char *name, const char *kind)
{
    static const char *const endings[] = {"", "_bucket", "_sum", "_count"};
    size_t count = strcmp(kind, "histogram") == 0 ? 4 : 1;

    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(name), more = strlen(endings[i]);

        if (strncmp(line, name, len) == 0 && strncmp(line + len, endings[i], more) == 0 &&
            (line[len + more] == ' ' || line[len + more] == '{'))
            return true;
    }
    return false;
}

/* HELP and TYPE before each metric, once, with all its samples behind: otherwise Prometheus refuses
 * everything. */
static void explains_each_figure_once(void **state)
{
    struct metrics metrics = {.ready = 1};
    char name[100] = "", kind[20] = "", again[200];
    struct buf out;
    size_t figures = 0;
    char *rest;

    (void)state;
    buf_init(&out, 1 << 20);
    metrics_write(&metrics, &out);
    char *all = strdup(out.data);
    for (char *line = strtok_r(all, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (line[0] != '#') {
            assert_true(is_of(line, name, kind));
            continue;
        }
        assert_int_equal(sscanf(line, "# HELP %99s", name), 1);
        snprintf(again, sizeof(again), "# HELP %s ", name);
        assert_null(strstr(strstr(out.data, again) + 1, again));
        line = strtok_r(NULL, "\n", &rest);
        assert_int_equal(sscanf(line, "# TYPE %199s %19s", again, kind), 2);
        assert_string_equal(again, name);
        assert_true(strcmp(kind, "gauge") == 0 || strcmp(kind, "counter") == 0 ||
                    strcmp(kind, "histogram") == 0);
        assert_int_equal(
            strcmp(kind, "counter") == 0, strcmp(name + strlen(name) - 6, "_total") == 0);
        figures++;
    }
    assert_true(figures > 50);
    free(all);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_each_figure_as_it_stands),
        cmocka_unit_test(explains_each_figure_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
