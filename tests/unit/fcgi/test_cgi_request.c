#include "tests/unit/files.h"

#include "fcgi/cgi_request.h"

#define BODY_MAX 65536

static struct proxies *proxies;

static int set_up(void **state)
{
    static char *items[] = {(char *)"127.0.0.0/8", (char *)"unix"};
    const struct config_list list = {items, 2};

    (void)state;
    proxies = proxies_new(&list, NULL);
    return proxies ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    proxies_free(proxies);
    return 0;
}

/* A request without a body. */
static int reads_all(struct cgi_request *request, char *const *parameters)
{
    static struct cgi_input input;
    struct reason why;

    input = (struct cgi_input){.parameters = parameters, .body_max = BODY_MAX};
    return cgi_request_read(request, &input, proxies, &why);
}

/* Reads a GET with up to three more parameters. */
static int reads(struct cgi_request *request, const char *a, const char *b, const char *c)
{
    char *parameters[] = {(char *)"REQUEST_METHOD=GET", (char *)a, (char *)b, (char *)c, NULL};

    return reads_all(request, parameters);
}

static int reads_method(struct cgi_request *request, const char *parameter)
{
    char *parameters[] = {(char *)parameter, NULL};

    return reads_all(request, parameters);
}

static void knows_the_methods(void **state)
{
    struct cgi_request request;

    (void)state;
    assert_int_equal(reads_method(&request, "REQUEST_METHOD=POST"), 0);
    assert_int_equal(request.method, CGI_POST);
    assert_int_equal(reads_method(&request, "REQUEST_METHOD=HEAD"), 0);
    assert_int_equal(request.method, CGI_HEAD);
    assert_int_equal(reads_method(&request, "REQUEST_METHOD=DELETE"), 0);
    assert_int_equal(request.method, CGI_DELETE);
    assert_int_equal(reads_method(&request, "REQUEST_METHOD=get"), 0);
    assert_int_equal(request.method, CGI_OTHER_METHOD);
    assert_int_equal(reads_method(&request, "REQUEST_METHOD="), 400);
    assert_int_equal(reads_method(&request, "REQUEST_METHODS=GET"), 400);
    assert_int_equal(reads_method(&request, "REQUEST_METHOD"), 400);
}

static void takes_forwarded_headers_from_proxies_alone(void **state)
{
    struct cgi_request request;

    (void)state;
    assert_int_equal(reads(&request, "REMOTE_ADDR=127.0.0.1", "HTTP_X_FORWARDED_HOST=a.example",
                         "HTTP_HOST=internal"),
        0);
    assert_string_equal(request.host, "a.example");
    assert_false(request.forwarded_ignored);
    assert_int_equal(reads(&request, "REMOTE_ADDR=203.0.113.9", "HTTP_X_FORWARDED_HOST=a.example",
                         "HTTP_HOST=internal"),
        0);
    assert_string_equal(request.host, "internal");
    assert_true(request.forwarded_ignored);
    assert_int_equal(reads(&request, "HTTP_X_FORWARDED_HOST=a.example", NULL, NULL), 0);
    assert_null(request.host);
    assert_int_equal(reads(&request, "REMOTE_ADDR=unix:", "HTTP_X_FORWARDED_PROTO=https", NULL), 0);
    assert_true(request.https);
    assert_int_equal(
        reads(&request, "REMOTE_ADDR=203.0.113.9", "HTTP_X_FORWARDED_PROTO=https", NULL), 0);
    assert_false(request.https);
}

static void knows_https(void **state)
{
    static const char *const secure[] = {
        "HTTPS=on", "HTTPS=ON", "HTTPS=1", "REQUEST_SCHEME=https", "REQUEST_SCHEME=HTTPS"};
    static const char *const plain[] = {
        "HTTPS=off", "HTTPS=", "HTTPS=0", "REQUEST_SCHEME=http", "REQUEST_SCHEME=httpsx", "X=on"};
    struct cgi_request request;

    (void)state;
    for (size_t i = 0; i < sizeof(secure) / sizeof(secure[0]); i++) {
        assert_int_equal(reads(&request, secure[i], NULL, NULL), 0);
        assert_true(request.https);
    }
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        assert_int_equal(reads(&request, plain[i], NULL, NULL), 0);
        assert_false(request.https);
    }
}

static void takes_a_bearer_token_and_ignores_other_schemes(void **state)
{
    struct cgi_request request;

    (void)state;
    assert_int_equal(reads(&request, "HTTP_AUTHORIZATION=bearer  abc", NULL, NULL), 0);
    assert_string_equal(request.bearer, "abc");
    assert_int_equal(reads(&request, "HTTP_AUTHORIZATION=Basic YWxpY2U6eA==", NULL, NULL), 0);
    assert_null(request.bearer);
    assert_int_equal(reads(&request, "HTTP_AUTHORIZATION=Bearer ", NULL, NULL), 0);
    assert_null(request.bearer);
    assert_int_equal(reads(&request, "HTTP_AUTHORIZATION=Bearerabc", NULL, NULL), 0);
    assert_null(request.bearer);
}

static void refuses_control_characters(void **state)
{
    static const char *const hostile[] = {"HTTP_COOKIE=a=1\r\nx: y", "HTTP_ORIGIN=https://a\n",
        "HTTP_HOST=a\x01", "REMOTE_ADDR=a\x7f", "HTTP_X_FORWARDED_HOST=a\r"};
    struct cgi_request request;

    (void)state;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
        assert_int_equal(reads(&request, hostile[i], NULL, NULL), 400);
    assert_int_equal(reads(&request, "HTTP_COOKIE=a=1;\tb=2", NULL, NULL), 0);
}

static void refuses_what_a_browser_sends_given_twice(void **state)
{
    static const char *const once[] = {"HTTP_COOKIE=a=1", "HTTP_ORIGIN=https://a",
        "HTTP_AUTHORIZATION=Bearer a", "CONTENT_LENGTH=0"};
    struct cgi_request request;

    (void)state;
    for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
        assert_int_equal(reads(&request, once[i], once[i], NULL), 400);
    assert_int_equal(reads(&request, "REQUEST_METHOD=POST", NULL, NULL), 400);
}

/* Like nginx' fastcgi_params, followed by a line that the administrator added. */
static void takes_the_last_of_what_the_web_server_sets(void **state)
{
    struct cgi_request request;

    (void)state;
    assert_int_equal(reads(&request, "HTTP_HOST=a", "HTTP_HOST=a:8080", NULL), 0);
    assert_string_equal(request.host, "a:8080");
    assert_int_equal(reads(&request, "HTTP_HOST=a", "HTTP_HOST=", NULL), 0);
    assert_null(request.host);
}

static void judges_the_length_of_the_body(void **state)
{
    struct cgi_request request;

    (void)state;
    assert_int_equal(reads(&request, "CONTENT_LENGTH=", NULL, NULL), 0);
    assert_int_equal(reads(&request, "CONTENT_LENGTH=0", NULL, NULL), 0);
    assert_int_equal(reads(&request, "CONTENT_LENGTH=1", NULL, NULL), 400);
    assert_int_equal(reads(&request, "CONTENT_LENGTH=-1", NULL, NULL), 400);
    assert_int_equal(reads(&request, "CONTENT_LENGTH=abc", NULL, NULL), 400);
    assert_int_equal(reads(&request, "CONTENT_LENGTH=0x10", NULL, NULL), 400);
    assert_int_equal(reads(&request, "CONTENT_LENGTH=65537", NULL, NULL), 413);
    assert_int_equal(reads(&request, "CONTENT_LENGTH=18446744073709551616", NULL, NULL), 413);
}

static void compares_the_body_with_its_announced_length(void **state)
{
    static char announced[] = "CONTENT_LENGTH=5";
    char *const parameters[] = {(char *)"REQUEST_METHOD=POST", announced, NULL};
    struct cgi_input input = {
        .parameters = parameters, .body = "hello", .body_len = 5, .body_max = BODY_MAX};
    struct cgi_request request;
    struct reason why;

    (void)state;
    assert_int_equal(cgi_request_read(&request, &input, proxies, &why), 0);
    assert_string_equal(request.input->body, "hello");
    input.body_len = 4;
    assert_int_equal(cgi_request_read(&request, &input, proxies, &why), 400);
    assert_non_null(strstr(why.text, "announces 5 bytes, but 4 came"));
    input.body_len = CGI_BODY_UNREAD;
    assert_int_equal(cgi_request_read(&request, &input, proxies, &why), 0);
    input.body_max = 4;
    assert_int_equal(cgi_request_read(&request, &input, proxies, &why), 413);
}

static void refuses_too_many_cookies(void **state)
{
    struct cgi_request request;
    char *parameter = calloc(1, CGI_COOKIE_MAX + 32);

    (void)state;
    strcpy(parameter, "HTTP_COOKIE=");
    memset(parameter + 12, 'a', CGI_COOKIE_MAX);
    assert_int_equal(reads(&request, parameter, NULL, NULL), 0);
    parameter[12 + CGI_COOKIE_MAX] = 'a';
    assert_int_equal(reads(&request, parameter, NULL, NULL), 431);
    free(parameter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_methods),
        cmocka_unit_test(takes_forwarded_headers_from_proxies_alone),
        cmocka_unit_test(knows_https),
        cmocka_unit_test(takes_a_bearer_token_and_ignores_other_schemes),
        cmocka_unit_test(refuses_control_characters),
        cmocka_unit_test(refuses_what_a_browser_sends_given_twice),
        cmocka_unit_test(takes_the_last_of_what_the_web_server_sets),
        cmocka_unit_test(judges_the_length_of_the_body),
        cmocka_unit_test(compares_the_body_with_its_announced_length),
        cmocka_unit_test(refuses_too_many_cookies),
    };
    return cmocka_run_group_tests_name("cgi_request", tests, set_up, tear_down);
}
