/*
 * rig_requests: what a rig's store is asked, each until it has answered.
 */
#ifndef BELFRY_TESTS_UNIT_STORE_RIG_REQUESTS_H
#define BELFRY_TESTS_UNIT_STORE_RIG_REQUESTS_H

#include "tests/unit/store/store_rig.h"

struct rig_answer {
    bool is_there;
    enum store_verdict verdict;
    int64_t unread, unseen, scan_started, upto;
    bool complete, has_more;
    int64_t ids[512];
    size_t count;
    size_t octets;
    char queue[80], first_json[4096];
};
struct rig_answer rig_attach(
    struct rig *rig, const char *user, int64_t issued_at, size_t max_rows, size_t max_bytes);
struct rig_answer rig_fetch(struct rig *rig, const struct store_scan *scan);
struct rig_answer rig_list(
    struct rig *rig, const char *user, size_t limit, int64_t before, bool unread_only);
struct rig_answer rig_list_filtered(
    struct rig *rig, const char *user, const struct store_list_filter *filter);
/* `ids` NULL: all up to `upto`. */
struct rig_answer rig_mark(struct rig *rig, enum store_mark mark, const char *user,
    const int64_t *ids, size_t count, int64_t upto);
struct rig_answer rig_read(
    struct rig *rig, const char *user, const int64_t *ids, size_t count, int64_t upto);
enum store_verdict rig_check(struct rig *rig, const char *user, int64_t issued_at);
/* Like rig_attach, without waiting. */
void rig_on_attached(void *context, const struct store_attached *attached);
void rig_on_marked(void *context, const struct store_marked *marked);
/* Waits for the answer: a row is visible in the file before its answer reaches the loop. Fails the
 * test if none comes. */
void rig_await_answer(struct rig *rig, const struct rig_answer *answer);

#endif
