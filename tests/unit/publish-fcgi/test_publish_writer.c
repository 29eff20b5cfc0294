/* Turns of several threads that share a transaction. */
#include "tests/unit/queue_file.h"

#include <pthread.h>

#include "publish-fcgi/queue_sqlite.h"
#include "publish-fcgi/writer.h"

#define THREADS 6
#define TURNS 60

/* What a turn does with the row that it has written. */
enum fate { KEPT, TAKEN_BACK, LOST };

struct crew {
    struct config config;
    struct publish_writer *writer;
    int commits;               /* of whoever has taken the writer */
    int ended[THREADS][TURNS]; /* what publish_writer_end returned */
};

struct worker {
    struct crew *crew;
    int number;
    pthread_t thread;
};

static int on_commit(void *context)
{
    ++*(int *)context;
    return 0;
}

static enum fate fate_of(int worker, int turn)
{
    int number = worker * TURNS + turn;

    return number % 29 == 7 ? LOST : number % 5 == 3 ? TAKEN_BACK : KEPT;
}

static int row_write(struct publish_queue *queue, int worker, int turn)
{
    char sql[128];

    snprintf(sql, sizeof(sql), "INSERT INTO notifications (user_id, title) VALUES ('%d', '%d')",
        worker, turn);
    return sqlite3_exec(queue_sqlite_db(queue), sql, NULL, NULL, NULL);
}

/* An error of the disk makes SQLite roll back everything; here the turn does. */
static int turn_run(struct crew *crew, int worker, int turn)
{
    struct writer_fault fault;
    struct publish_queue *queue = publish_writer_begin(crew->writer, NULL, 5000, 0, &fault);
    enum fate fate = fate_of(worker, turn);

    if (!queue)
        return -2;
    sqlite3_commit_hook(queue_sqlite_db(queue), on_commit, &crew->commits);
    int written = row_write(queue, worker, turn);
    if (fate == LOST)
        sqlite3_exec(queue_sqlite_db(queue), "ROLLBACK", NULL, NULL, NULL);
    int ended = publish_writer_end(crew->writer, queue, fate == KEPT, 0, &fault);
    return written == SQLITE_OK && (ended == 0 || fault.is_locked) ? ended : -2;
}

static void *work(void *context)
{
    struct worker *worker = context;

    for (int i = 0; i < TURNS; i++)
        worker->crew->ended[worker->number][i] = turn_run(worker->crew, worker->number, i);
    return NULL;
}

static void crew_run(struct crew *crew)
{
    struct worker workers[THREADS];

    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.crew = crew, .number = i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
}

static int64_t rows_of(struct queue_file *queue, int worker, int turn)
{
    char sql[128];

    snprintf(sql, sizeof(sql),
        "SELECT count(*) FROM notifications WHERE user_id = '%d' AND title = '%d'", worker, turn);
    return queue_file_number(queue, sql);
}

/* Checks each turn against its row. Returns how many were told that all was well. */
static int crew_check(const struct crew *crew, struct queue_file *queue)
{
    int good = 0;

    for (int i = 0; i < THREADS; i++)
        for (int turn = 0; turn < TURNS; turn++) {
            int ended = crew->ended[i][turn];

            assert_in_range(ended + 1, 0, 1);
            if (fate_of(i, turn) == LOST)
                assert_int_equal(ended, -1);
            assert_int_equal(rows_of(queue, i, turn), ended == 0 && fate_of(i, turn) == KEPT);
            good += ended == 0;
        }
    return good;
}

static void turns_share_a_transaction_and_each_knows_how_it_ended(void **state)
{
    struct queue_file *queue = queue_file_made(state);
    char synchronous[] = "full";
    struct crew crew = {.config = {.database = queue->path, .queue.synchronous = synchronous}};

    crew.writer = publish_writer_new(&crew.config);
    crew_run(&crew);
    int good = crew_check(&crew, queue);
    /* How many share one is up to the disk. */
    assert_in_range(crew.commits, 1, good - 1);
    publish_writer_free(crew.writer);
}

static void a_lock_of_another_program_is_a_fault_that_may_pass(void **state)
{
    struct queue_file *queue = queue_file_made(state);
    char synchronous[] = "full";
    struct config config = {.database = queue->path, .queue.synchronous = synchronous};
    struct publish_writer *writer = publish_writer_new(&config);
    struct writer_fault fault;

    assert_int_equal(database_exec(queue->db, "BEGIN IMMEDIATE", &queue->why), 0);
    assert_null(publish_writer_begin(writer, NULL, 0, 0, &fault));
    assert_true(fault.is_locked);
    assert_int_equal(database_exec(queue->db, "COMMIT", &queue->why), 0);
    struct publish_queue *turn = publish_writer_begin(writer, NULL, 0, 0, &fault);
    assert_non_null(turn);
    assert_int_equal(publish_writer_end(writer, turn, true, 0, &fault), 0);
    publish_writer_free(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(turns_share_a_transaction_and_each_knows_how_it_ended,
            queue_file_set_up, queue_file_tear_down),
        cmocka_unit_test_setup_teardown(a_lock_of_another_program_is_a_fault_that_may_pass,
            queue_file_set_up, queue_file_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
