#include "tests/unit/files.h"

#include "auth-fcgi/credentials.h"
#include "fcgi/cgi_request.h"

/* Reads a GET with up to three more parameters. Returns 0, or -1. */
static int reads(
    struct credentials *credentials, bool by_cgi, const char *a, const char *b, const char *c)
{
    char *parameters[] = {(char *)"REQUEST_METHOD=GET", (char *)a, (char *)b, (char *)c, NULL};
    const struct cgi_input input = {.parameters = parameters, .by_cgi = by_cgi};
    struct cgi_request request;
    struct reason why;

    assert_int_equal(cgi_request_read(&request, &input, NULL, &why), 0);
    return credentials_read(credentials, &request, &why);
}

/* The user of a request with up to three parameters, by FastCGI or CGI. */
static const char *user_of(bool by_cgi, const char *a, const char *b, const char *c)
{
    struct credentials credentials;

    assert_int_equal(reads(&credentials, by_cgi, a, b, c), 0);
    return credentials.user;
}

static void takes_the_user_from_a_parameter_of_its_own(void **state)
{
    static const bool by_cgi[] = {false, true};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(user_of(by_cgi[i], "BELFRY_USER=alice", NULL, NULL), "alice");
        assert_string_equal(
            user_of(by_cgi[i], "BELFRY_USER=alice", "REMOTE_USER=root", "AUTH_TYPE=Basic"),
            "alice");
        assert_null(user_of(
            by_cgi[i], "HTTP_BELFRY_USER=root", "HTTP_REMOTE_USER=root", "HTTP_AUTH_TYPE=Basic"));
        assert_null(user_of(by_cgi[i], "BELFRY_USERS=root", "BELFRY_USE=root", "belfry_user=root"));
        assert_null(user_of(by_cgi[i], "REMOTE_USER=root", NULL, NULL));
        assert_null(user_of(by_cgi[i], "REMOTE_USER=root", "AUTH_TYPE=", NULL));
        assert_null(user_of(by_cgi[i], "AUTH_TYPE=Basic", "BELFRY_USER=", NULL));
    }
}

static void takes_the_web_servers_own_word_under_cgi_alone(void **state)
{
    struct credentials credentials;

    (void)state;
    assert_string_equal(user_of(true, "REMOTE_USER=alice", "AUTH_TYPE=Basic", NULL), "alice");
    assert_null(
        user_of(false, "REMOTE_USER=alice", "AUTH_TYPE=Basic", "GATEWAY_INTERFACE=CGI/1.1"));
    assert_int_equal(reads(&credentials, false, "REMOTE_USER=alice", "AUTH_TYPE=Basic", NULL), 0);
    assert_true(credentials.user_ignored);
}

static void takes_the_last_of_what_the_web_server_sets(void **state)
{
    (void)state;
    assert_string_equal(user_of(false, "BELFRY_USER=", "BELFRY_USER=alice", NULL), "alice");
    assert_string_equal(user_of(false, "BELFRY_USER=mallory", "BELFRY_USER=alice", NULL), "alice");
    assert_null(user_of(false, "BELFRY_USER=mallory", "BELFRY_USER=", NULL));
}

static void refuses_control_characters(void **state)
{
    static const char *const hostile[] = {"REMOTE_USER=a\x7f", "BELFRY_USER=a\n"};
    struct credentials credentials;

    (void)state;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
        assert_int_equal(reads(&credentials, false, hostile[i], NULL, NULL), -1);
}

/* As `belfry session check` does. */
static void judges_a_cookie_header_as_a_request_with_it(void **state)
{
    struct credentials credentials;
    struct reason why;
    char *header = calloc(1, CGI_COOKIE_MAX + 2);

    (void)state;
    assert_int_equal(credentials_of_cookie(&credentials, "a=1;\tb=2", true, &why), 0);
    assert_string_equal(credentials.cookie, "a=1;\tb=2");
    assert_true(credentials.https);
    assert_null(credentials.user);
    assert_int_equal(credentials_of_cookie(&credentials, "a=\x01", false, &why), -1);
    memset(header, 'a', CGI_COOKIE_MAX);
    assert_int_equal(credentials_of_cookie(&credentials, header, false, &why), 0);
    header[CGI_COOKIE_MAX] = 'a';
    assert_int_equal(credentials_of_cookie(&credentials, header, false, &why), -1);
    free(header);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_user_from_a_parameter_of_its_own),
        cmocka_unit_test(takes_the_web_servers_own_word_under_cgi_alone),
        cmocka_unit_test(takes_the_last_of_what_the_web_server_sets),
        cmocka_unit_test(refuses_control_characters),
        cmocka_unit_test(judges_a_cookie_header_as_a_request_with_it),
    };
    return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
