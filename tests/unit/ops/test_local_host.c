#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "gateway/ops/local_host.h"

static void people_and_monitors_may_ask(void **state)
{
    static const char *const hosts[] = {"127.0.0.1:9181", "127.0.0.1", "localhost",
        "localhost:9181", "LocalHost:1", "belfry.localhost:9181", "[::1]:9181", "gateway",
        "10.1.2.3:80", ""};

    (void)state;
    assert_true(local_host_allows(NULL));
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        assert_true(local_host_allows(hosts[i]));
}

static void a_site_whose_name_means_this_machine_may_not(void **state)
{
    static const char *const hosts[] = {"evil.example", "evil.example:9181",
        "127.0.0.1.evil.example", "localhost.evil.example", "evil.", "127.0.0.1.", "1.2.3",
        ".localhost"};
    char longest[600] = "";

    (void)state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        assert_false(local_host_allows(hosts[i]));
    for (size_t i = 0; i < sizeof(longest) - 1; i++)
        longest[i] = 'a';
    assert_false(local_host_allows(longest));
}

static void knows_which_addresses_are_local(void **state)
{
    (void)state;
    assert_true(local_host_is("127.0.0.1:9181"));
    assert_true(local_host_is("127.0.0.53:1"));
    assert_true(local_host_is("[::1]:9181"));
    assert_true(local_host_is("unix:/run/belfry/ops"));
    assert_false(local_host_is("0.0.0.0:9181"));
    assert_false(local_host_is("*:9181"));
    assert_false(local_host_is("[::]:9181"));
    assert_false(local_host_is("10.0.0.1:9181"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_and_monitors_may_ask),
        cmocka_unit_test(a_site_whose_name_means_this_machine_may_not),
        cmocka_unit_test(knows_which_addresses_are_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
