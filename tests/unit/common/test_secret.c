#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config.h"
#include "common/secret.h"

#define STRONG "0123456789abcdef0123456789abcdef"

struct fixture {
    char folder[32];
    char path[64];
    struct secrets secrets;
    struct reason why;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    strcpy(fixture->folder, "/tmp/test_secret_XXXXXX");
    if (!mkdtemp(fixture->folder))
        return -1;
    snprintf(fixture->path, sizeof(fixture->path), "%s/secret", fixture->folder);
    unsetenv("AUTH_SECRET");
    unsetenv("AUTH_SECRET_1");
    unsetenv("AUTH_SECRET_2");
    unsetenv("AUTH_SECRET_3");
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    secrets_release(&fixture->secrets);
    unlink(fixture->path);
    rmdir(fixture->folder);
    free(fixture);
    return 0;
}

static void write_secret(const struct fixture *fixture, const void *octets, size_t len)
{
    FILE *file = fopen(fixture->path, "w");

    assert_non_null(file);
    assert_int_equal(fchmod(fileno(file), 0600), 0);
    fwrite(octets, 1, len, file);
    fclose(file);
}

static void knows_its_fingerprint(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(secrets_add(&fixture->secrets, "abc", 3, true, &fixture->why), 0);
    assert_string_equal(fixture->secrets.items[0].fingerprint, "ba7816");
}

static void refuses_31_octets_and_says_how_to_make_more(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(secrets_add(&fixture->secrets, STRONG, 31, false, &fixture->why), -1);
    assert_non_null(strstr(fixture->why.text, "openssl rand -base64 33"));
    assert_null(strstr(fixture->why.text, "0123"));
    assert_int_equal(fixture->secrets.count, 0);
    assert_int_equal(secrets_add(&fixture->secrets, STRONG, 32, false, &fixture->why), 0);
    assert_int_equal(fixture->secrets.count, 1);
}

static void refuses_an_empty_one_even_where_weak_ones_are_allowed(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(secrets_add(&fixture->secrets, "", 0, true, &fixture->why), -1);
    assert_int_equal(secrets_add(&fixture->secrets, "a", 1, true, &fixture->why), 0);
}

static void refuses_what_is_too_long(void **state)
{
    struct fixture *fixture = *state;
    static char octets[SECRET_MAX_OCTETS + 1];

    assert_int_equal(
        secrets_add(&fixture->secrets, octets, sizeof(octets), true, &fixture->why), -1);
    assert_int_equal(
        secrets_add(&fixture->secrets, octets, sizeof(octets) - 1, true, &fixture->why), 0);
}

static void refuses_the_ninth(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < SECRETS_MAX; i++)
        assert_int_equal(secrets_add(&fixture->secrets, STRONG, 32, false, &fixture->why), 0);
    assert_int_equal(secrets_add(&fixture->secrets, STRONG, 32, false, &fixture->why), -1);
    assert_int_equal(fixture->secrets.count, SECRETS_MAX);
}

static void takes_a_file_without_its_last_newline(void **state)
{
    struct fixture *fixture = *state;

    write_secret(fixture, STRONG "\n", 33);
    assert_int_equal(secrets_add_file(&fixture->secrets, fixture->path, false, &fixture->why), 0);
    write_secret(fixture, STRONG "\n\n", 34);
    assert_int_equal(secrets_add_file(&fixture->secrets, fixture->path, false, &fixture->why), 0);
    assert_int_equal(fixture->secrets.items[0].len, 32);
    assert_memory_equal(fixture->secrets.items[0].octets, STRONG, 32);
    assert_int_equal(fixture->secrets.items[1].len, 33);
}

static void takes_any_octets_of_a_file(void **state)
{
    struct fixture *fixture = *state;
    char octets[40] = {1, 0, '\n', 0};

    write_secret(fixture, octets, sizeof(octets));
    assert_int_equal(secrets_add_file(&fixture->secrets, fixture->path, true, &fixture->why), 0);
    assert_int_equal(fixture->secrets.items[0].len, 40);
    assert_memory_equal(fixture->secrets.items[0].octets, octets, 40);
}

static void names_a_file_that_it_refuses(void **state)
{
    struct fixture *fixture = *state;
    static char octets[100000];

    assert_int_equal(secrets_add_file(&fixture->secrets, fixture->path, false, &fixture->why), -1);
    assert_non_null(strstr(fixture->why.text, fixture->path));
    assert_non_null(strstr(fixture->why.text, "No such file"));
    assert_int_equal(
        secrets_add_file(&fixture->secrets, fixture->folder, false, &fixture->why), -1);
    assert_non_null(strstr(fixture->why.text, "directory"));
    write_secret(fixture, "", 0);
    assert_int_equal(secrets_add_file(&fixture->secrets, fixture->path, true, &fixture->why), -1);
    assert_non_null(strstr(fixture->why.text, fixture->path));
    write_secret(fixture, octets, sizeof(octets));
    assert_int_equal(secrets_add_file(&fixture->secrets, fixture->path, false, &fixture->why), -1);
    assert_non_null(strstr(fixture->why.text, "longer"));
    assert_int_equal(fixture->secrets.count, 0);
}

static void takes_the_longest_file_with_its_newline(void **state)
{
    struct fixture *fixture = *state;
    static char octets[SECRET_MAX_OCTETS + 1];

    for (size_t i = 0; i < SECRET_MAX_OCTETS; i++)
        octets[i] = STRONG[i % 16];
    octets[SECRET_MAX_OCTETS] = '\n';
    write_secret(fixture, octets, sizeof(octets));
    assert_int_equal(secrets_add_file(&fixture->secrets, fixture->path, false, &fixture->why), 0);
    assert_int_equal(fixture->secrets.items[0].len, SECRET_MAX_OCTETS);
}

static void reads_the_environment_newest_first(void **state)
{
    struct fixture *fixture = *state;
    struct config config = {0};
    char text[100];

    setenv("AUTH_SECRET", STRONG "0", 1);
    setenv("AUTH_SECRET_1", STRONG "1", 1);
    setenv("AUTH_SECRET_3", STRONG "3", 1);
    assert_int_equal(secrets_load(&fixture->secrets, &config, &fixture->why), 0);
    assert_int_equal(fixture->secrets.count, 3);
    assert_int_equal(fixture->secrets.items[0].octets[32], '3');
    assert_int_equal(fixture->secrets.items[1].octets[32], '1');
    assert_int_equal(fixture->secrets.items[2].octets[32], '0');
    assert_non_null(strstr(secrets_describe(&fixture->secrets, text, sizeof(text)), "3 secrets ("));
}

static void prefers_files_to_the_environment(void **state)
{
    struct fixture *fixture = *state;
    char *files[] = {fixture->path, fixture->path};
    struct config config = {.token.secret_file = {files, 2}};

    setenv("AUTH_SECRET", "short", 1);
    write_secret(fixture, STRONG "\n", 33);
    assert_int_equal(secrets_load(&fixture->secrets, &config, &fixture->why), 0);
    assert_int_equal(fixture->secrets.count, 2);
}

static void says_which_variable_to_set_where_there_is_none(void **state)
{
    struct fixture *fixture = *state;
    struct config config = {0};

    setenv("AUTH_SECRET", "", 1);
    assert_int_equal(secrets_load(&fixture->secrets, &config, &fixture->why), -1);
    assert_non_null(strstr(fixture->why.text, "AUTH_SECRET"));
    assert_non_null(strstr(fixture->why.text, "secret_file"));
    assert_non_null(strstr(fixture->why.text, "openssl rand -base64 33"));
}

static void holds_nothing_where_one_of_them_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct config config = {0};

    setenv("AUTH_SECRET_1", STRONG, 1);
    setenv("AUTH_SECRET", "sesame", 1);
    assert_int_equal(secrets_load(&fixture->secrets, &config, &fixture->why), -1);
    assert_non_null(strstr(fixture->why.text, "AUTH_SECRET in the environment"));
    assert_null(strstr(fixture->why.text, "sesame"));
    assert_int_equal(fixture->secrets.count, 0);
    config.token.allow_weak_secret = true;
    assert_int_equal(secrets_load(&fixture->secrets, &config, &fixture->why), 0);
    assert_int_equal(fixture->secrets.count, 2);
}

static void describes_itself_in_any_space(void **state)
{
    struct fixture *fixture = *state;
    char text[64];

    assert_string_equal(secrets_describe(&fixture->secrets, text, sizeof(text)), "0 secrets");
    secrets_add(&fixture->secrets, "abc", 3, true, NULL);
    assert_string_equal(
        secrets_describe(&fixture->secrets, text, sizeof(text)), "1 secret (ba7816)");
    secrets_add(&fixture->secrets, "abc", 3, true, NULL);
    assert_string_equal(
        secrets_describe(&fixture->secrets, text, sizeof(text)), "2 secrets (ba7816, ba7816)");
    assert_string_equal(secrets_describe(&fixture->secrets, text, 14), "2 secrets (ba");
}

static void assert_refused(struct fixture *fixture, const char *text, const char *words)
{
    assert_int_equal(secrets_add(&fixture->secrets, text, strlen(text), false, &fixture->why), -1);
    if (!strstr(fixture->why.text, words))
        fail_msg("%s does not say %s", fixture->why.text, words);
    assert_null(strstr(fixture->why.text, text));
}

static void refuses_what_repeats_itself(void **state)
{
    struct fixture *fixture = *state;

    assert_refused(fixture, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "openssl rand -base64 33");
    assert_refused(fixture, "abababababababababababababababababab", "repeats");
    assert_refused(fixture, "aaaaaaaaaaaaaaaaaaaaaaaaabcdefghijk", "repeats");
    assert_refused(fixture, "00000000000000000000000000000000", "repeats");
    assert_int_equal(secrets_add(&fixture->secrets, "dc0e65b8e2e6f31c7a1bd5d4b9f9f7a6", 32, false,
                         &fixture->why),
        0);
    assert_int_equal(
        secrets_add(&fixture->secrets, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 32, true, &fixture->why),
        0);
}

static void refuses_a_file_that_others_may_write_and_says_the_command(void **state)
{
    struct fixture *fixture = *state;
    char command[128];

    write_secret(fixture, STRONG "\n", 33);
    snprintf(command, sizeof command, "chmod o-w %s", fixture->path);
    assert_int_equal(chmod(fixture->path, 0602), 0);
    assert_int_equal(secrets_add_file(&fixture->secrets, fixture->path, true, &fixture->why), -1);
    assert_non_null(strstr(fixture->why.text, command));
    /* Like secrets mounted into a container. */
    assert_int_equal(chmod(fixture->path, 0444), 0);
    assert_int_equal(secrets_add_file(&fixture->secrets, fixture->path, false, &fixture->why), 0);
}

static void refuses_what_would_make_another_secret_than_the_applications(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {STRONG "\r\n", "carriage return"},
        {STRONG "\r", "carriage return"},
        {"\xef\xbb\xbf" STRONG, "byte order mark"},
        {STRONG " \n", "blank"},
        {"\"" STRONG "\"\n", "quotes"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_secret(fixture, cases[i].text, strlen(cases[i].text));
        assert_int_equal(
            secrets_add_file(&fixture->secrets, fixture->path, true, &fixture->why), -1);
        assert_non_null(strstr(fixture->why.text, cases[i].words));
    }
    setenv("AUTH_SECRET", STRONG "\r", 1);
    assert_int_equal(secrets_add_env(&fixture->secrets, "AUTH_SECRET", true, &fixture->why), -1);
    assert_non_null(strstr(fixture->why.text, "carriage return"));
    write_secret(fixture, STRONG "\xff\r\n", 35);
    assert_int_equal(secrets_add_file(&fixture->secrets, fixture->path, true, &fixture->why), 0);
}

static void finds_a_credential_of_systemd(void **state)
{
    struct fixture *fixture = *state;

    write_secret(fixture, STRONG "\n", 33);
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_int_equal(
        secrets_add_file(&fixture->secrets, "$CREDENTIALS_DIRECTORY/secret", false, &fixture->why),
        -1);
    assert_non_null(strstr(fixture->why.text, "LoadCredential="));
    setenv("CREDENTIALS_DIRECTORY", fixture->folder, 1);
    assert_int_equal(
        secrets_add_file(&fixture->secrets, "$CREDENTIALS_DIRECTORY/secret", false, &fixture->why),
        0);
    assert_int_equal(secrets_add_file(&fixture->secrets, "${CREDENTIALS_DIRECTORY}/secret", false,
                         &fixture->why),
        0);
    unsetenv("CREDENTIALS_DIRECTORY");
}

/* As the units pass it: an empty line where there is no file. */
static void uses_the_credential_where_nothing_else_is_set(void **state)
{
    struct fixture *fixture = *state;
    struct config config = {0};

    setenv("CREDENTIALS_DIRECTORY", fixture->folder, 1);
    write_secret(fixture, "\n", 1);
    assert_int_equal(secrets_load(&fixture->secrets, &config, &fixture->why), -1);
    assert_non_null(strstr(fixture->why.text, "there is no secret"));
    write_secret(fixture, STRONG "\n", 33);
    assert_int_equal(secrets_load(&fixture->secrets, &config, &fixture->why), 0);
    assert_int_equal(fixture->secrets.count, 1);
    secrets_release(&fixture->secrets);
    setenv("AUTH_SECRET", STRONG STRONG, 1);
    assert_int_equal(secrets_load(&fixture->secrets, &config, &fixture->why), 0);
    assert_int_equal(fixture->secrets.count, 1);
    assert_int_equal(fixture->secrets.items[0].len, 64);
    unsetenv("CREDENTIALS_DIRECTORY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(knows_its_fingerprint),
        TEST(refuses_31_octets_and_says_how_to_make_more),
        TEST(refuses_an_empty_one_even_where_weak_ones_are_allowed),
        TEST(refuses_what_is_too_long),
        TEST(refuses_the_ninth),
        TEST(takes_a_file_without_its_last_newline),
        TEST(takes_any_octets_of_a_file),
        TEST(names_a_file_that_it_refuses),
        TEST(takes_the_longest_file_with_its_newline),
        TEST(reads_the_environment_newest_first),
        TEST(prefers_files_to_the_environment),
        TEST(says_which_variable_to_set_where_there_is_none),
        TEST(holds_nothing_where_one_of_them_is_refused),
        TEST(describes_itself_in_any_space),
        TEST(refuses_what_repeats_itself),
        TEST(refuses_a_file_that_others_may_write_and_says_the_command),
        TEST(refuses_what_would_make_another_secret_than_the_applications),
        TEST(finds_a_credential_of_systemd),
        TEST(uses_the_credential_where_nothing_else_is_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
