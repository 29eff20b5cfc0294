/* The paths of the queue and the sessions. */

#include "tests/unit/common/config_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "build-config.h"

static void finds_the_session_file_beside_the_queue(void **state)
{
    struct config_fixture *fixture = *state;
    char text[200], sessions[64];
    char *found;

    snprintf(sessions, sizeof(sessions), "%s/sessions.db", fixture->folder);
    snprintf(text, sizeof(text), "[belfry]\ndatabase = %s/belfry.db\n", fixture->folder);
    assert_int_equal(config_fixture_load_text(fixture, text), 0);
    assert_null(config_session_database(&fixture->config));
    fclose(fopen(sessions, "w"));
    found = config_session_database(&fixture->config);
    assert_string_equal(found, sessions);
    free(found);
    assert_int_equal(
        config_fixture_load_text(fixture, "[auth]\nsession_database = /other.db\n"), 0);
    found = config_session_database(&fixture->config);
    assert_string_equal(found, "/other.db");
    free(found);
    unlink(sessions);
}

static void make_folder(
    char *path, size_t size, const struct config_fixture *fixture, const char *name)
{
    snprintf(path, size, "%s/%s", fixture->folder, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void assert_sessions(struct config_fixture *fixture, const char *path)
{
    char *found = config_session_database(&fixture->config);

    if (!path)
        assert_null(found);
    else
        assert_string_equal(found ? found : "none", path);
    free(found);
}

static void finds_the_session_file_in_its_own_folder(void **state)
{
    struct config_fixture *fixture = *state;
    char text[200], queue[64], sessions[64], file[128];
    char *path;

    make_folder(queue, sizeof(queue), fixture, "queue");
    make_folder(sessions, sizeof(sessions), fixture, "sessions");
    snprintf(file, sizeof(file), "%s/sessions.db", sessions);
    snprintf(text, sizeof(text), "[belfry]\ndatabase = %s/belfry.db\n", queue);
    assert_int_equal(config_fixture_load_text(fixture, text), 0);
    assert_sessions(fixture, NULL);
    path = config_session_path(&fixture->config);
    assert_string_equal(path, file);
    free(path);
    fclose(fopen(file, "w"));
    assert_int_equal(chmod(file, 0600), 0);
    assert_sessions(fixture, file);
    assert_int_equal(config_session_fault(&fixture->config, &fixture->why), 0);
    assert_int_equal(chmod(sessions, 0777), 0);
    assert_sessions(fixture, NULL);
    assert_int_equal(config_session_fault(&fixture->config, &fixture->why), -1);
    assert_non_null(strstr(fixture->why.text, "may write the folder"));
    unlink(file);
    rmdir(sessions);
    rmdir(queue);
}

static void passes_a_session_file_over_that_publishers_may_have_made(void **state)
{
    struct config_fixture *fixture = *state;
    char text[200], queue[64], file[128];

    make_folder(queue, sizeof(queue), fixture, "queue");
    snprintf(file, sizeof(file), "%s/sessions.db", queue);
    snprintf(text, sizeof(text), "[belfry]\ndatabase = %s/belfry.db\n", queue);
    assert_int_equal(config_fixture_load_text(fixture, text), 0);
    fclose(fopen(file, "w"));
    assert_sessions(fixture, file);
    assert_int_equal(chmod(queue, 0777), 0);
    assert_sessions(fixture, NULL);
    assert_int_equal(config_session_fault(&fixture->config, &fixture->why), -1);
    unlink(file);
    rmdir(queue);
}

static void a_queue_of_an_older_default_is_still_found(void **state)
{
    struct config_fixture *fixture = *state;
    char former[64], path[64];
    char *found;

    snprintf(former, sizeof(former), "%s/former.db", fixture->folder);
    snprintf(path, sizeof(path), "%s/belfry.db", fixture->folder);
    found = config_default_database(path, former);
    assert_string_equal(found, path);
    free(found);
    fclose(fopen(former, "w"));
    found = config_default_database(path, former);
    assert_string_equal(found, former);
    free(found);
    fclose(fopen(path, "w"));
    found = config_default_database(path, former);
    assert_string_equal(found, path);
    free(found);
    unlink(former);
    unlink(path);
}

static void a_queue_in_postgresql_is_named_by_its_url(void **state)
{
    struct config_fixture *fixture = *state;
    static const char text[] = "[belfry]\ndatabase = postgresql://bob:hidden@db/shop?x=%s\n";
    struct buf described;
    char wrong[100];

#ifdef WITH_POSTGRESQL
    assert_int_equal(
        config_fixture_load_text(fixture, "[belfry]\ndatabase = postgresql://bob:hidden@db/shop\n"),
        0);
    buf_init(&described, 65536);
    config_describe(&fixture->config, &described);
    assert_non_null(
        strstr(described.data, "belfry.database = postgresql://bob:***@db/shop  # line 2"));
    buf_release(&described);
#else
    (void)described;
    assert_int_equal(
        config_fixture_load_text(fixture, "[belfry]\ndatabase = postgresql:///shop\n"), -1);
    assert_non_null(strstr(fixture->why.text, "--with-postgresql"));
#endif
    snprintf(wrong, sizeof(wrong), text, "1");
    assert_int_equal(config_fixture_load_text(fixture, wrong), -1);
    assert_null(strstr(fixture->why.text, "hidden"));
}

static void the_session_database_may_be_a_url(void **state)
{
#ifdef WITH_POSTGRESQL
    struct config_fixture *fixture = *state;
    const char *url = "postgresql://bob:hidden@db/shop";
    char text[200], *found;
    struct buf described;

    snprintf(text, sizeof(text), "[auth]\nsession_database = %s\n", url);
    assert_int_equal(config_fixture_load_text(fixture, text), 0);
    found = config_session_database(&fixture->config);
    assert_string_equal(found, url);
    free(found);
    assert_int_equal(config_session_fault(&fixture->config, &fixture->why), 0);
    buf_init(&described, 65536);
    config_describe(&fixture->config, &described);
    assert_null(strstr(described.data, "hidden"));
    assert_non_null(strstr(described.data, "session_database = postgresql://bob:***@db/shop"));
    buf_release(&described);
#else
    (void)state;
#endif
}

static void what_is_no_path_is_no_database(void **state)
{
    static const char *const values[] = {"mysql://bob:hidden@db/shop", "MySQL://db",
        "http://db.example", "file:/srv/x.db", "file:./x.db?mode=ro", "sqlite:///srv/x.db",
        "sqlite:x.db", ":memory:", "host=db password=hidden dbname=shop", "/srv/queue/", "~/x.db",
        "~bob/x.db"};
    struct config_fixture *fixture = *state;
    char text[200];

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        snprintf(text, sizeof(text), "[belfry]\ndatabase = %s\n", values[i]);
        assert_int_equal(config_fixture_load_text(fixture, text), -1);
        assert_non_null(strstr(fixture->why.text, ":2: [belfry] database: "));
        assert_non_null(strstr(fixture->why.text, "/var/lib/belfry/queue/belfry.db"));
        assert_null(strstr(fixture->why.text, "hidden"));
        snprintf(text, sizeof(text), "[auth]\nsession_database = %s\n", values[i]);
        assert_int_equal(config_fixture_load_text(fixture, text), -1);
    }
    assert_int_equal(config_fixture_load_text(fixture, "[belfry]\ndatabase = ./a+b:c.db\n"), 0);
    assert_int_equal(config_fixture_load_text(fixture, "[auth]\nsession_database =\n"), 0);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, config_fixture_set_up, config_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_the_session_file_beside_the_queue),
        TEST(finds_the_session_file_in_its_own_folder),
        TEST(passes_a_session_file_over_that_publishers_may_have_made),
        TEST(a_queue_of_an_older_default_is_still_found),
        TEST(a_queue_in_postgresql_is_named_by_its_url),
        TEST(the_session_database_may_be_a_url),
        TEST(what_is_no_path_is_no_database),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
