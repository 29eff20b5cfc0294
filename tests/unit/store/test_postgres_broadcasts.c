/* Broadcasts in PostgreSQL that another gateway sends while this one starts: whoever joins here
 * gets those that stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gateway/store/broadcast_verbs.h"
#include "gateway/store/engine.h"
#include "gateway/store/engines.h"
#include "tests/unit/store/postgres_rig.h"
#include "tests/unit/store/topics_rig.h"

#define INSERT \
    "INSERT INTO broadcasts (topic, event, expires_at) VALUES ('*', 'x', now() + interval '1 " \
    "hour')"
#define SEND(id) \
    "INSERT INTO broadcast_sends (broadcast_id, instance, sent_at, recipients)" \
    " VALUES (" #id ", 'other:1', now(), 1)"
/* As the other gateway does, a moment later. */
#define ADD_UP \
    "UPDATE broadcasts SET sent_at = s.sent_at, recipients = s.recipients" \
    " FROM broadcast_sends AS s WHERE id = s.broadcast_id"

static void shows_what_another_gateway_sent_just_before_the_start(void **state)
{
    struct topics_rig *topics = *state;
    struct asked standing;

    rig_stop(&topics->rig);
    rig_sql(&topics->rig, INSERT);
    rig_sql(&topics->rig, SEND(1));
    rig_start(&topics->rig);
    standing = ask_standing_after(topics, "*", 0, 100);
    assert_int_equal(standing.count, 1);
    assert_int_equal(standing.heard, 1);
    assert_int_equal(topics->broadcast_count, 0);
}

struct shown {
    int64_t ids[8];
    size_t count;
};

static int on_brief(void *context, const struct broadcast_brief *brief)
{
    struct shown *shown = context;

    assert_true(shown->count < 8);
    shown->ids[shown->count++] = brief->id;
    return 1;
}

static struct shown walk(struct engine *engine)
{
    struct shown shown = {.count = 0};

    assert_int_equal(engine->life->begin(engine), 0);
    assert_int_equal(engine->broadcasts->walk_unsent(engine, on_brief, &shown), 1);
    assert_int_equal(engine->life->commit(engine), 0);
    return shown;
}

/* Of each that was there: either it was sent before the start, or it is news here. */
static void tells_what_another_gateway_sends_during_the_start(void **state)
{
    struct topics_rig *topics = *state;
    struct reason why;
    struct engine *engine = engines_new(&topics->rig.settings, &why);
    int64_t notification, message, last;
    struct shown shown;

    rig_stop(&topics->rig);
    rig_sql(&topics->rig, INSERT ";" INSERT ";" INSERT ";" INSERT ";" SEND(2));
    assert_int_equal(engine->life->open(engine, 10), 0);
    assert_int_equal(engine->life->last_ids(engine, &notification, &message), 0);
    assert_int_equal(engine->broadcasts->last_sent(engine, &last), 0);
    assert_int_equal(last, 2);
    rig_sql(&topics->rig, SEND(3) ";" ADD_UP ";" INSERT ";" SEND(5));
    shown = walk(engine);
    assert_int_equal(shown.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(shown.ids[i], ((const int64_t[]){1, 3, 4, 5})[i]);
    assert_int_equal(walk(engine).count, 0);
    engine->life->free(engine);
}

/* A statement is prepared when it is used first, which may be twice before an answer comes. */
static void the_first_marks_may_be_several(void **state)
{
    struct topics_rig *topics = *state;
    struct reason why;
    struct engine *engine = engines_new(&topics->rig.settings, &why);
    int64_t notification, message;

    rig_stop(&topics->rig);
    rig_sql(&topics->rig, INSERT ";" INSERT);
    assert_int_equal(engine->life->open(engine, 10), 0);
    assert_int_equal(engine->life->last_ids(engine, &notification, &message), 0);
    assert_int_equal(engine->life->begin_writing(engine, true), 0);
    for (int64_t id = 1; id <= 2; id++)
        assert_int_equal(
            engine->broadcasts->mark_sent(engine, id, "2026-11-22T19:19:00.123Z", 3), 0);
    assert_int_equal(engine->life->commit(engine), 0);
    assert_int_equal(rig_integer(&topics->rig, "SELECT count(*) FROM broadcast_sends"), 2);
    engine->life->free(engine);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            shows_what_another_gateway_sent_just_before_the_start, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            tells_what_another_gateway_sends_during_the_start, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            the_first_marks_may_be_several, topics_set_up, topics_tear_down),
    };

    return cmocka_run_group_tests(tests, postgres_rig_start, postgres_rig_stop);
}
