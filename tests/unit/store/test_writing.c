#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/store/change_verbs.h"
#include "gateway/store/member_verbs.h"
#include "gateway/store/message_verbs.h"
#include "gateway/store/news.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/post.h"
#include "gateway/store/presence_verbs.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_conversations.h"
#include "gateway/store/writing.h"

/* The thread's side without a thread, on an engine whose commits fail as the test says. */
struct scene {
    struct clock clock;
    int64_t now;
    struct log_sink sink;
    struct logger log;
    struct shared shared;
    struct engine engine;
    struct queue queue;
    bool fails;
    enum engine_trouble trouble; /* how */
    int64_t messages;            /* that were inserted */
    int marks;
    int64_t commit_ms;         /* how long a commit takes */
    int users;                 /* whose presence was written … */
    int users_at_end;          /* … before the gateway left; -1: it has not */
    char seen[CLOCK_ISO_SIZE]; /* when the last of these users came or went */
};

/* The errand that the loop posted last. */
static struct errand *posted;

void post_errand(struct store *store, struct errand *errand, void *context)
{
    (void)store;
    errand->context = context;
    posted = errand;
}

void post_unmarked(struct store *store, size_t count)
{
    (void)store;
    (void)count;
}

static struct scene *scene_of(struct engine *engine)
{
    return (struct scene *)((char *)engine - offsetof(struct scene, engine));
}

static int begin_writing(struct engine *engine, bool durable)
{
    (void)engine;
    (void)durable;
    return 0;
}

static int commit(struct engine *engine)
{
    scene_of(engine)->now += scene_of(engine)->commit_ms;
    engine->trouble = scene_of(engine)->trouble;
    return scene_of(engine)->fails ? -1 : 0;
}

static void rollback(struct engine *engine)
{
    (void)engine;
}

static int walk_changes(struct engine *engine, bool own, int64_t after, size_t most,
    int (*visit)(void *context, const struct change_row *row), void *context)
{
    (void)engine;
    (void)own;
    (void)after;
    (void)most;
    (void)visit;
    (void)context;
    return 1;
}

static int mark_sent(struct engine *engine, int64_t id, int64_t attempts)
{
    (void)id;
    (void)attempts;
    scene_of(engine)->marks++;
    return 0;
}

static int mark(struct engine *engine, enum store_mark mark, int64_t id, const char *user,
    const char *now, struct counts_change *change)
{
    (void)engine;
    (void)mark;
    (void)id;
    (void)user;
    (void)now;
    *change = (struct counts_change){{-1, -1}, false};
    return 1;
}

static int is_member(struct engine *engine, const char *conversation, const char *user)
{
    (void)engine;
    (void)conversation;
    (void)user;
    return 1;
}

/* All have the same reference and content. */
static int find_repeated(struct engine *engine, const struct message_draft *draft,
    const char *since, int64_t *id, int64_t *created_at)
{
    (void)draft;
    (void)since;
    (void)created_at;
    *id = scene_of(engine)->messages;
    return *id > 0;
}

static int insert(
    struct engine *engine, const struct message_draft *draft, const char *now, int64_t *id)
{
    (void)draft;
    (void)now;
    *id = ++scene_of(engine)->messages;
    return 0;
}

static int write_user(struct engine *engine, const char *user, const char *instance,
    int64_t connections, const char *last_seen)
{
    (void)user;
    (void)instance;
    (void)connections;
    snprintf(scene_of(engine)->seen, CLOCK_ISO_SIZE, "%s", last_seen);
    scene_of(engine)->users++;
    return 0;
}

static int leave(struct engine *engine, const char *instance, const char *now)
{
    (void)instance;
    (void)now;
    scene_of(engine)->users_at_end = scene_of(engine)->users;
    return 0;
}

static void wait_for_locks(struct engine *engine, int busy_ms)
{
    (void)engine;
    (void)busy_ms;
}

static const struct engine_life life = {
    .wait = wait_for_locks, .begin_writing = begin_writing, .commit = commit, .rollback = rollback};
static const struct presence_verbs presence = {.write_user = write_user, .leave = leave};
static const struct change_verbs changes = {.walk = walk_changes};
static const struct member_verbs members = {.is_member = is_member};
static const struct message_verbs messages = {.find_repeated = find_repeated, .insert = insert};
static const struct notification_verbs notifications = {.mark_sent = mark_sent, .mark = mark};

static int64_t scene_ms(const struct clock *clock)
{
    return ((struct scene *)clock->context)->now;
}

static int scene_set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct queue *queue = &scene->queue;

    scene->clock = (struct clock){.wall_ms = scene_ms, .steady_ms = scene_ms, .context = scene};
    scene->now = 1000000;
    log_sink_init(&scene->sink, STDERR_FILENO, LOG_TEXT, LOG_ERROR, &scene->clock, "test");
    scene->log = logger_root(&scene->sink);
    scene->engine.life = &life;
    scene->engine.changes = &changes;
    scene->engine.members = &members;
    scene->engine.messages = &messages;
    scene->engine.notifications = &notifications;
    scene->engine.presence = &presence;
    scene->users_at_end = -1;
    mailbox_init(&scene->shared.parcels);
    queue->turn = (struct turn){.clock = &scene->clock,
        .log = &scene->log,
        .shared = &scene->shared,
        .engine = &scene->engine};
    health_init(&queue->health.writing, "writing the queue");
    inbox_init(&queue->inbox);
    topics_init(&queue->topics);
    logout_init(&queue->logout, NULL);
    errands_init(&queue->errands, queue, &queue->turn);
    queue->inbox.set_back.is_new = false;
    queue->online.alive_at = queue->online.repaired_at = scene->now;
    queue->online.gather_ms = 200;
    turn_tick(&queue->turn);
    *state = scene;
    return 0;
}

static int scene_tear_down(void **state)
{
    struct scene *scene = *state;

    logout_release(&scene->queue.logout);
    topics_release(&scene->queue.topics);
    inbox_release(&scene->queue.inbox);
    mailbox_release(&scene->shared.parcels);
    free(scene);
    return 0;
}

static size_t take_news(struct scene *scene)
{
    struct parcel *parcel = mailbox_take(&scene->shared.parcels);
    size_t count = 0;

    for (; parcel; count++) {
        struct news *news = (struct news *)parcel;

        parcel = parcel->next;
        news_free(news);
    }
    return count;
}

/* When a failure no longer keeps it from trying, and it is not yet time for a sign of life. */
static void write_later(struct scene *scene)
{
    struct queue *queue = &scene->queue;

    scene->now += 60000;
    turn_tick(&queue->turn);
    queue->online.alive_at = queue->online.repaired_at = scene->now;
    writing_run(queue);
}

/* The answer to the commit is lost, as behind a network. */
static void write_uncertainly(struct scene *scene)
{
    scene->fails = true;
    scene->trouble = ENGINE_UNCERTAIN;
    writing_run(&scene->queue);
    scene->fails = false;
}

/* Like the loop: opens the one answer that was sent. */
static void open_answer(struct scene *scene)
{
    struct parcel *parcel = mailbox_take(&scene->shared.parcels);

    assert_non_null(parcel);
    assert_null(parcel->next);
    errand_answer((struct errand *)parcel);
    errand_free((struct errand *)parcel);
}

static void on_said(void *context, const struct store_said *said)
{
    *(struct store_said *)context = *said;
}

static void say(struct scene *scene, const char *reference, struct store_said *said)
{
    const struct store_saying saying = {
        .user = "alice", .conversation = "c", .content = "hello", .reference = reference};

    store_say(NULL, &saying, on_said, said);
    errands_accept(&scene->queue.errands, posted);
    write_uncertainly(scene);
}

static void looks_up_a_message_whose_commit_is_uncertain(void **state)
{
    struct scene *scene = *state;
    struct store_said said = {.id = 0};

    say(scene, "temp-1", &said);
    assert_null(mailbox_take(&scene->shared.parcels));
    write_later(scene);
    open_answer(scene);
    assert_int_equal(said.verdict, STORE_OK);
    assert_true(said.repeated);
    assert_int_equal(said.id, 1);
    assert_int_equal(scene->messages, 1);
}

static void stores_again_a_message_that_was_not_committed_after_all(void **state)
{
    struct scene *scene = *state;
    struct store_said said = {.id = 0};

    say(scene, "temp-1", &said);
    scene->messages = 0;
    write_later(scene);
    open_answer(scene);
    assert_int_equal(said.verdict, STORE_OK);
    assert_false(said.repeated);
    assert_int_equal(scene->messages, 1);
}

/* Without a reference it cannot be told from another with the same text: it is not written twice.
 */
static void says_that_it_is_uncertain_where_a_message_cannot_be_looked_up(void **state)
{
    struct scene *scene = *state;
    struct store_said said = {.id = 0};

    say(scene, NULL, &said);
    open_answer(scene);
    assert_int_equal(said.verdict, STORE_UNCERTAIN);
    assert_int_equal(said.id, 0);
    write_later(scene);
    assert_int_equal(scene->messages, 1);
}

static void on_marked_read(void *context, const struct store_marked *answer)
{
    *(struct store_marked *)context = *answer;
}

static void counts_again_where_it_is_uncertain_what_was_read(void **state)
{
    struct scene *scene = *state;
    struct queue *queue = &scene->queue;
    struct store_marked answer = {.count = 99};
    const struct watched *alice = watch_attach(&queue->inbox.watch, "alice");
    const int64_t id = 1;

    watch_written(&queue->inbox.watch, watch_find(&queue->inbox.watch, "alice", 5), 1);
    queue->inbox.last_seen = 1;
    store_mark(NULL, STORE_MARK_READ, "alice", &id, 1, 0, on_marked_read, &answer);
    errands_accept(&queue->errands, posted);
    write_uncertainly(scene);
    open_answer(scene);
    assert_int_equal(answer.verdict, STORE_UNCERTAIN);
    assert_int_equal(answer.count, 0);
    assert_int_equal(alice->flags, WATCH_RECOUNT);
    assert_int_equal(queue->inbox.changed_rows.count, 1);
}

static void writes_marks_again_whose_commit_is_uncertain(void **state)
{
    struct scene *scene = *state;
    struct marks *marks = &scene->queue.inbox.marks;

    atomic_store(&scene->shared.unmarked, 1);
    assert_true(marks_add(marks, "alice", 1, false, 0, 0));
    write_uncertainly(scene);
    assert_non_null(marks_first(marks));
    write_later(scene);
    assert_null(marks_first(marks));
    assert_int_equal(scene->marks, 2);
}

static void gathers_marks_while_others_commit_in_close_succession(void **state)
{
    struct scene *scene = *state;
    struct queue *queue = &scene->queue;
    int64_t now = queue->turn.steady;

    traffic_note(&queue->inbox.traffic, now - 1, 1);
    traffic_note(&queue->inbox.traffic, now, 1);
    atomic_store(&scene->shared.unmarked, 1);
    assert_true(marks_add(&queue->inbox.marks, "alice", 1, false, 0, now));
    writing_run(queue);
    assert_int_equal(scene->marks, 0);
    assert_in_range(writing_pause(queue), 1, TRAFFIC_GATHER_MS);
    queue->turn.steady += TRAFFIC_GATHER_MS;
    writing_run(queue);
    assert_int_equal(scene->marks, 1);
}

static void marks_that_are_due_let_news_pass_but_not_for_long(void **state)
{
    struct scene *scene = *state;
    struct queue *queue = &scene->queue;

    assert_true(marks_add(&queue->inbox.marks, "alice", 1, false, 0, queue->turn.steady));
    queue->inbox.has_tail = true;
    queue->inbox.traffic = (struct traffic){.last = queue->turn.steady, .before = INT64_MIN / 2};
    writing_run(queue);
    assert_int_equal(scene->marks, 0);
    assert_in_range(writing_pause(queue), 1, 20);
    queue->turn.steady += writing_pause(queue);
    writing_run(queue);
    assert_int_equal(scene->marks, 1);
}

/* Marks were full, and then those of a queue that was replaced were dropped. */
static void says_that_there_is_room_for_marks_after_a_commit_only(void **state)
{
    struct scene *scene = *state;
    struct queue *queue = &scene->queue;

    queue->inbox.was_full = true;
    atomic_store(&scene->shared.unmarked, 1);
    assert_true(marks_add(&queue->inbox.marks, "alice", 1, false, 0, 0));
    scene->fails = true;
    scene->trouble = ENGINE_BROKEN;
    writing_run(queue);
    assert_int_equal(take_news(scene), 0);
    assert_true(queue->inbox.was_full);
    scene->fails = false;
    write_later(scene);
    assert_int_equal(take_news(scene), 1);
    assert_false(queue->inbox.was_full);
}

/* The loop found no room, and before the last of what it had sent came here, some was written. */
static void says_that_there_is_room_though_it_was_made_meanwhile(void **state)
{
    struct scene *scene = *state;
    struct queue *queue = &scene->queue;

    for (int64_t id = 1; id <= MARKS_BATCH; id++)
        assert_true(marks_add(&queue->inbox.marks, "alice", id, false, 0, 0));
    atomic_store(&scene->shared.unmarked, STORE_UNMARKED_MAX);
    writing_run(queue);
    assert_int_equal(atomic_load(&scene->shared.unmarked), STORE_UNMARKED_MAX - MARKS_BATCH);
    store_sent(NULL, "alice", (int64_t[]){1000}, 1, false, 0);
    errands_accept(&queue->errands, posted);
    atomic_store(&scene->shared.unmarked, 1);
    write_later(scene);
    assert_int_equal(take_news(scene), 1);
}

/* The reads of that turn may take as long. */
static void says_how_long_writing_took_in_this_turn(void **state)
{
    struct scene *scene = *state;
    struct queue *queue = &scene->queue;

    assert_true(marks_add(&queue->inbox.marks, "alice", 1, false, 0, 0));
    scene->commit_ms = 70;
    writing_run(queue);
    assert_int_equal(queue->errands.wrote_ms, 70);
    writing_run(queue);
    assert_int_equal(queue->errands.wrote_ms, 0);
}

/* Otherwise users who came a moment ago would have "never been connected". */
static void writes_those_who_came_last_before_it_leaves(void **state)
{
    struct scene *scene = *state;
    struct queue *queue = &scene->queue;

    queue->online.users_at = scene->now;
    watch_attach(&queue->inbox.watch, "alice");
    watch_attach(&queue->inbox.watch, "bob");
    writing_run(queue);
    assert_int_equal(scene->users, 0);
    writing_finish(queue);
    assert_int_equal(scene->users_at_end, 2);
}

/* A full disk may keep it waiting for hours. */
static void writes_when_they_came_or_went_however_late(void **state)
{
    struct scene *scene = *state;
    char then[CLOCK_ISO_SIZE];

    clock_iso(scene->now, then);
    watch_attach(&scene->queue.inbox.watch, "alice")->changed_at = scene->now;
    scene->fails = true;
    scene->trouble = ENGINE_BROKEN;
    writing_run(&scene->queue);
    scene->fails = false;
    write_later(scene);
    assert_int_equal(scene->users, 2);
    assert_string_equal(scene->seen, then);
}

/* What cannot be written does not keep the gateway from its end. */
static void ends_though_nobody_can_be_written(void **state)
{
    struct scene *scene = *state;
    struct queue *queue = &scene->queue;

    watch_attach(&queue->inbox.watch, "alice");
    scene->fails = true;
    scene->trouble = ENGINE_BUSY;
    scene->commit_ms = 1000;
    writing_finish(queue);
    assert_in_range(scene->now, 1003000, 1006000);
}

int main(void)
{
#define SCENE_TEST(f) cmocka_unit_test_setup_teardown(f, scene_set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        SCENE_TEST(says_that_there_is_room_for_marks_after_a_commit_only),
        SCENE_TEST(looks_up_a_message_whose_commit_is_uncertain),
        SCENE_TEST(stores_again_a_message_that_was_not_committed_after_all),
        SCENE_TEST(says_that_it_is_uncertain_where_a_message_cannot_be_looked_up),
        SCENE_TEST(counts_again_where_it_is_uncertain_what_was_read),
        SCENE_TEST(writes_marks_again_whose_commit_is_uncertain),
        SCENE_TEST(gathers_marks_while_others_commit_in_close_succession),
        SCENE_TEST(marks_that_are_due_let_news_pass_but_not_for_long),
        SCENE_TEST(says_that_there_is_room_though_it_was_made_meanwhile),
        SCENE_TEST(says_how_long_writing_took_in_this_turn),
        SCENE_TEST(writes_those_who_came_last_before_it_leaves),
        SCENE_TEST(writes_when_they_came_or_went_however_late),
        SCENE_TEST(ends_though_nobody_can_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
