#include "tests/unit/queue_file.h"

#include "common/clock.h"
#include "common/publish_key.h"
#include "common/schema.h"

#define NOW INT64_C(1795375140123)
#define WITHOUT_TABLES "DROP TABLE publish_keys; DROP TABLE publish_requests"

/* Makes a key named "web", and sets `text` to it. */
static struct queue_file *with_key(
    void **state, unsigned rights, const char *users, char text[PUBLISH_KEY_SIZE])
{
    struct queue_file *queue = queue_file_made(state);

    assert_int_equal(
        publish_key_create(queue->sql, "web", rights, users, NOW, text, &queue->why), 1);
    return queue;
}

static void only_the_hash_of_a_key_is_kept(void **state)
{
    char text[PUBLISH_KEY_SIZE], hash[PUBLISH_HASH_SIZE];
    struct queue_file *queue = with_key(state, PUBLISH_MAY_NOTIFICATIONS, NULL, text);

    assert_int_equal(strlen(text), strlen("belfry_") + 43);
    assert_memory_equal(text, "belfry_", 7);
    assert_rows(queue, "SELECT hash AS x FROM publish_keys", publish_hash(text, 50, hash));
    assert_rows(
        queue, "SELECT rights || coalesce(users, '-') AS x FROM publish_keys", "notifications-");
    assert_rows(queue, "SELECT created_at AS x FROM publish_keys", clock_iso(NOW, text));
}

static void the_hash_is_sha_256(void **state)
{
    char hash[PUBLISH_HASH_SIZE];

    (void)state;
    assert_string_equal(publish_hash("abc", 3, hash),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* As belfry-publish does. */
static int key_find(struct queue_file *queue, const char *text, struct publish_key *key)
{
    const char *sql = "SELECT name, hash, rights, users, last_used_at FROM publish_keys "
                      "WHERE hash = ? AND revoked_at IS NULL";
    const char *columns[PUBLISH_KEY_COLUMNS];
    char hash[PUBLISH_HASH_SIZE];
    sqlite3_stmt *find;
    int found = 0;

    assert_int_equal(database_prepare(queue->db, &sql, &find, 1, &queue->why), 0);
    database_bind(find, 1, publish_hash(text, strlen(text), hash));
    if (sqlite3_step(find) == SQLITE_ROW) {
        for (int i = 0; i < PUBLISH_KEY_COLUMNS; i++)
            columns[i] = database_text(find, i);
        found = publish_key_read(columns, hash, key, &queue->why);
    }
    database_finalize(&find, 1);
    return found;
}

static void a_key_is_found_by_its_text_alone(void **state)
{
    struct publish_key key;
    char text[PUBLISH_KEY_SIZE];
    struct queue_file *queue =
        with_key(state, PUBLISH_MAY_READ | PUBLISH_MAY_MESSAGES, "shop-", text);

    assert_int_equal(key_find(queue, text, &key), 1);
    assert_string_equal(key.name, "web");
    assert_string_equal(key.users, "shop-");
    assert_int_equal(key.rights, PUBLISH_MAY_READ | PUBLISH_MAY_MESSAGES);
    assert_int_equal(key.last_used_ms, 0);
    assert_int_equal(strlen(key.fingerprint), 6);
    assert_int_equal(key_find(queue, key.hash, &key), 0);
    assert_int_equal(key_find(queue, "", &key), 0);
    text[49] = text[49] == 'A' ? 'B' : 'A';
    assert_int_equal(key_find(queue, text, &key), 0);
}

static void a_name_is_used_once(void **state)
{
    char text[PUBLISH_KEY_SIZE], other[PUBLISH_KEY_SIZE];
    struct queue_file *queue = with_key(state, PUBLISH_MAY_READ, NULL, text);

    assert_int_equal(
        publish_key_create(queue->sql, "web", PUBLISH_MAY_READ, NULL, NOW, other, &queue->why), 0);
    assert_string_equal(other, "");
}

static void use_is_read(void **state)
{
    struct publish_key key;
    char text[PUBLISH_KEY_SIZE];
    struct queue_file *queue = with_key(state, PUBLISH_MAY_READ, NULL, text);

    queue_file_run(queue, "UPDATE publish_keys SET last_used_at = '2026-11-22T19:19:00.123Z'");
    assert_int_equal(key_find(queue, text, &key), 1);
    assert_int_equal(key.last_used_ms, 1795375140123);
}

/* The row is of one key, and another was shown. */
static void a_row_of_another_hash_is_no_key(void **state)
{
    static const char *const row[PUBLISH_KEY_COLUMNS] = {
        "web", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "read", "", ""};
    struct publish_key key;
    struct reason why;
    char hash[PUBLISH_HASH_SIZE];

    (void)state;
    assert_int_equal(publish_key_read(row, publish_hash("abc", 3, hash), &key, &why), 1);
    assert_int_equal(publish_key_read(row, publish_hash("abd", 3, hash), &key, &why), 0);
}

static void a_revoked_key_is_not_found(void **state)
{
    struct publish_key key;
    char text[PUBLISH_KEY_SIZE];
    struct queue_file *queue = with_key(state, PUBLISH_MAY_READ, NULL, text);

    assert_int_equal(publish_key_revoke(queue->sql, "app", NOW, &queue->why), 0);
    assert_int_equal(key_find(queue, text, &key), 1);
    assert_int_equal(publish_key_revoke(queue->sql, "web", NOW, &queue->why), 1);
    assert_int_equal(publish_key_revoke(queue->sql, "web", NOW, &queue->why), 0);
    assert_int_equal(key_find(queue, text, &key), 0);
}

static void rights_are_read_and_written(void **state)
{
    struct reason why;
    struct buf out;
    unsigned rights;

    (void)state;
    buf_init(&out, 128);
    assert_int_equal(publish_rights_read("read,notifications,read", &rights, &why), 0);
    publish_rights_write(rights, &out);
    assert_string_equal(out.data, "notifications,read");
    buf_release(&out);
    assert_int_equal(publish_rights_read("read,", &rights, &why), -1);
    assert_int_equal(publish_rights_read("", &rights, &why), -1);
    assert_int_equal(publish_rights_read("reads", &rights, &why), -1);
    assert_non_null(strstr(why.text, "\"reads\" is no right: it must be some of notifications,"));
}

static void rows_that_nobody_could_use_are_refused(void **state)
{
    char text[PUBLISH_KEY_SIZE];
    struct queue_file *queue = with_key(state, PUBLISH_MAY_READ, NULL, text);

    assert_refused(queue, "UPDATE publish_keys SET rights = 'read,all'", "rights must be some of");
    assert_refused(queue, "UPDATE publish_keys SET rights = ''", "rights must be some of");
    assert_refused(queue, "UPDATE publish_keys SET rights = 'readread'", "rights must be some of");
    assert_refused(queue, "UPDATE publish_keys SET users = ''", "users must be 1 to 255");
    assert_refused(queue, "UPDATE publish_keys SET hash = 'abc'", "hash must be 64 hexadecimal");
    assert_refused(queue, "UPDATE publish_keys SET name = ''", "name must be 1 to 255");
    assert_refused(queue, "UPDATE publish_keys SET revoked_at = '2026'", "revoked_at must look");
    queue_file_run(queue, "UPDATE publish_keys SET rights = 'revoke,read,messages'");
}

static void a_queue_from_before_is_good_and_gets_the_tables(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, WITHOUT_TABLES);
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
    assert_int_equal(schema_check_publishing(queue->db, queue->path, &queue->why), -1);
    assert_non_null(strstr(queue->why.text, "`belfry key create NAME` adds them"));
    assert_int_equal(schema_add_publishing(queue->db, queue->path, &queue->why), 1);
    assert_int_equal(schema_add_publishing(queue->db, queue->path, &queue->why), 0);
    assert_int_equal(schema_check_publishing(queue->db, queue->path, &queue->why), 0);
    queue_file_run(queue, WITHOUT_TABLES);
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 2);
    assert_int_equal(schema_check_publishing(queue->db, queue->path, &queue->why), 0);
    queue_file_run(queue, "DROP INDEX publish_requests_age");
    assert_int_equal(schema_add_publishing(queue->db, queue->path, &queue->why), 1);
}

static void an_applications_own_tables_are_left_alone(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, WITHOUT_TABLES "; CREATE TABLE publish_keys (id)");
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
    assert_int_equal(schema_add_publishing(queue->db, queue->path, &queue->why), -1);
    assert_non_null(strstr(queue->why.text, "the table publish_keys has no column name"));
    assert_rows(
        queue, "SELECT name AS x FROM sqlite_schema WHERE name GLOB 'publish_*'", "publish_keys");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, queue_file_set_up, queue_file_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_the_hash_of_a_key_is_kept),
        TEST(the_hash_is_sha_256),
        TEST(a_key_is_found_by_its_text_alone),
        TEST(a_name_is_used_once),
        TEST(use_is_read),
        TEST(a_row_of_another_hash_is_no_key),
        TEST(a_revoked_key_is_not_found),
        TEST(rights_are_read_and_written),
        TEST(rows_that_nobody_could_use_are_refused),
        TEST(a_queue_from_before_is_good_and_gets_the_tables),
        TEST(an_applications_own_tables_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
