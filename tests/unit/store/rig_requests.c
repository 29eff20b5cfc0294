#include "tests/unit/store/rig_requests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define ANSWER_MS 20000

static void keep_rows(struct rig_answer *answer, const struct store_row *rows, size_t count,
    enum store_verdict verdict)
{
    answer->is_there = true;
    answer->verdict = verdict;
    answer->count = count;
    assert_true(count <= 512);
    for (size_t i = 0; i < count; i++) {
        answer->ids[i] = rows[i].id;
        answer->octets += rows[i].len;
    }
    if (count > 0)
        snprintf(answer->first_json, sizeof(answer->first_json), "%s", rows[0].json);
}

void rig_on_attached(void *context, const struct store_attached *attached)
{
    struct rig_answer *answer = context;

    keep_rows(answer, attached->page.rows, attached->page.count, attached->verdict);
    answer->unread = attached->counts.unread;
    answer->unseen = attached->counts.unseen;
    answer->scan_started = attached->scan_started;
    answer->upto = attached->page.upto;
    answer->complete = attached->page.complete;
    snprintf(answer->queue, sizeof(answer->queue), "%s", attached->queue);
}

static void on_fetched(void *context, const struct store_page *page, int64_t scan_started)
{
    struct rig_answer *answer = context;

    keep_rows(answer, page->rows, page->count, page->verdict);
    answer->scan_started = scan_started;
    answer->upto = page->upto;
    answer->complete = page->complete;
}

static void on_listed(void *context, const struct store_listed *listed)
{
    struct rig_answer *answer = context;

    keep_rows(answer, listed->rows, listed->count, listed->verdict);
    answer->has_more = listed->has_more;
}

void rig_on_marked(void *context, const struct store_marked *marked)
{
    struct rig_answer *answer = context;

    answer->is_there = true;
    answer->verdict = marked->verdict;
    answer->unread = marked->counts.unread;
    answer->unseen = marked->counts.unseen;
    answer->count = marked->count;
    for (size_t i = 0; marked->ids && i < marked->count && i < 512; i++)
        answer->ids[i] = marked->ids[i];
}

static void on_checked(void *context, enum store_verdict verdict)
{
    struct rig_answer *answer = context;

    answer->is_there = true;
    answer->verdict = verdict;
}

void rig_await_answer(struct rig *rig, const struct rig_answer *answer)
{
    int64_t until = clock_steady_ms(&rig->clock) + ANSWER_MS;

    while (!answer->is_there)
        if (!rig_loop_turn(rig, until))
            fail_msg("no answer");
}

struct rig_answer rig_attach(
    struct rig *rig, const char *user, int64_t issued_at, size_t max_rows, size_t max_bytes)
{
    struct rig_answer answer = {.is_there = false};
    const struct store_token token = {
        .user = user, .issued_at = issued_at, .session = rig->session};

    store_attach(rig->store, &token, max_rows, max_bytes, rig_on_attached, &answer);
    rig_await_answer(rig, &answer);
    return answer;
}

struct rig_answer rig_fetch(struct rig *rig, const struct store_scan *scan)
{
    struct rig_answer answer = {.is_there = false};

    store_fetch(rig->store, scan, on_fetched, &answer);
    rig_await_answer(rig, &answer);
    return answer;
}

struct rig_answer rig_list_filtered(
    struct rig *rig, const char *user, const struct store_list_filter *filter)
{
    struct rig_answer answer = {.is_there = false};

    store_list(rig->store, user, filter, on_listed, &answer);
    rig_await_answer(rig, &answer);
    return answer;
}

struct rig_answer rig_list(
    struct rig *rig, const char *user, size_t limit, int64_t before, bool unread_only)
{
    const struct store_list_filter filter = {
        .limit = limit, .before = before, .unread_only = unread_only};

    return rig_list_filtered(rig, user, &filter);
}

struct rig_answer rig_mark(struct rig *rig, enum store_mark mark, const char *user,
    const int64_t *ids, size_t count, int64_t upto)
{
    struct rig_answer answer = {.is_there = false};

    store_mark(rig->store, mark, user, ids, count, upto, rig_on_marked, &answer);
    rig_await_answer(rig, &answer);
    return answer;
}

struct rig_answer rig_read(
    struct rig *rig, const char *user, const int64_t *ids, size_t count, int64_t upto)
{
    return rig_mark(rig, STORE_MARK_READ, user, ids, count, upto);
}

enum store_verdict rig_check(struct rig *rig, const char *user, int64_t issued_at)
{
    struct rig_answer answer = {.is_there = false};
    const struct store_token token = {
        .user = user, .issued_at = issued_at, .session = rig->session};

    store_check(rig->store, &token, on_checked, &answer);
    rig_await_answer(rig, &answer);
    return answer.verdict;
}
