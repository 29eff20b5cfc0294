#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/store/engine.h"
#include "gateway/store/member_verbs.h"
#include "gateway/store/message_verbs.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_conversations.h"

/* One errand at a time, on an engine whose answers the test sets. */
static struct errand *posted;

void post_errand(struct store *store, struct errand *errand, void *context)
{
    (void)store;
    errand->context = context;
    posted = errand;
}

struct scene {
    struct shared shared;
    struct engine engine;
    struct queue queue;
    int is_member;
    bool fails; /* behind the first message */
};

static struct scene *scene_of(struct engine *engine)
{
    return (struct scene *)((char *)engine - offsetof(struct scene, engine));
}

static int is_member(struct engine *engine, const char *conversation, const char *user)
{
    (void)conversation;
    (void)user;
    return scene_of(engine)->is_member;
}

static struct cell text(const char *value)
{
    return (struct cell){CELL_TEXT, value, strlen(value)};
}

static int walk_before(struct engine *engine, const char *conversation, int64_t before,
    message_visit *visit, void *context)
{
    struct message_row row = {.id = 7,
        .conversation = text(conversation),
        .sender = text("bob"),
        .content = text("secret"),
        .created_at = text("2026-11-29T01:02:03.000Z")};

    (void)before;
    assert_int_equal(visit(context, &row), 1);
    engine->trouble = ENGINE_BUSY;
    return scene_of(engine)->fails ? -1 : 1;
}

static const struct member_verbs members = {.is_member = is_member};
static const struct message_verbs messages = {.walk_before = walk_before};

static int scene_set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    scene->engine.members = &members;
    scene->engine.messages = &messages;
    scene->queue.turn.shared = &scene->shared;
    scene->queue.turn.engine = &scene->engine;
    topics_init(&scene->queue.topics);
    scene->is_member = 1;
    *state = scene;
    return 0;
}

static int scene_tear_down(void **state)
{
    struct scene *scene = *state;

    topics_release(&scene->queue.topics);
    free(scene);
    return 0;
}

struct answer {
    enum store_verdict verdict;
    size_t count;
};

static void on_read(void *context, const struct store_messages *messages_read)
{
    struct answer *answer = context;

    answer->verdict = messages_read->verdict;
    answer->count = messages_read->count;
}

static enum errand_step read_posted(struct scene *scene)
{
    return posted->kind->read(&scene->queue, posted);
}

static void answer_posted(void)
{
    errand_answer(posted);
    errand_free(posted);
}

static void shows_one_who_was_put_out_nothing_of_a_read_that_was_interrupted(void **state)
{
    struct scene *scene = *state;
    struct store_history asked = {.user = "alice", .conversation = "c", .limit = 10};
    struct answer answer;

    store_history(NULL, &asked, on_read, &answer);
    scene->fails = true;
    assert_int_equal(read_posted(scene), ERRAND_FAILED);
    scene->is_member = 0;
    assert_int_equal(read_posted(scene), ERRAND_DONE);
    answer_posted();
    assert_int_equal(answer.verdict, STORE_FORBIDDEN);
    assert_int_equal(answer.count, 0);
}

static void reads_anew_what_was_interrupted(void **state)
{
    struct scene *scene = *state;
    struct store_history asked = {.user = "alice", .conversation = "c", .limit = 10};
    struct answer answer;

    store_history(NULL, &asked, on_read, &answer);
    scene->fails = true;
    assert_int_equal(read_posted(scene), ERRAND_FAILED);
    scene->fails = false;
    assert_int_equal(read_posted(scene), ERRAND_DONE);
    answer_posted();
    assert_int_equal(answer.verdict, STORE_OK);
    assert_int_equal(answer.count, 1);
}

/* The log says for whom a read failed. */
static void is_about_the_conversation_where_no_user_is_named(void **state)
{
    struct store_history asked = {.user = NULL, .conversation = "c", .limit = 10};
    struct answer answer;

    (void)state;
    store_history(NULL, &asked, on_read, &answer);
    assert_string_equal(posted->about, "c");
    errand_refuse(posted);
    errand_free(posted);
    assert_int_equal(answer.verdict, STORE_UNAVAILABLE);
    asked.user = "alice";
    store_history(NULL, &asked, on_read, &answer);
    assert_string_equal(posted->about, "alice");
    errand_free(posted);
}

#define SCENE_TEST(f) cmocka_unit_test_setup_teardown(f, scene_set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(shows_one_who_was_put_out_nothing_of_a_read_that_was_interrupted),
        SCENE_TEST(reads_anew_what_was_interrupted),
        SCENE_TEST(is_about_the_conversation_where_no_user_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
