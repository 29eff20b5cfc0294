#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/proxies.h"

static struct proxies *made(char **items, size_t count)
{
    struct config_list list = {items, count};
    struct reason why;
    struct proxies *proxies = proxies_new(&list, &why);

    assert_non_null(proxies);
    return proxies;
}

static int set_up(void **state)
{
    static char *items[] = {(char *)"127.0.0.0/8", (char *)"::1", (char *)"unix",
        (char *)"10.1.2.128/25", (char *)"2001:db8::/33"};

    *state = made(items, 5);
    return 0;
}

static int tear_down(void **state)
{
    proxies_free(*state);
    return 0;
}

static void trusts_addresses_inside_the_ranges_alone(void **state)
{
    static const char *const trusted[] = {"127.0.0.1", "127.255.255.255", "::ffff:127.0.0.1", "::1",
        "unix", "unix:", "10.1.2.128", "10.1.2.255", "2001:db8:7fff::1"};
    static const char *const others[] = {"126.255.255.255", "128.0.0.0", "::2", "10.1.2.127",
        "10.1.3.128", "2001:db8:8000::", "", "localhost", "127.0.0.1:80", "127.1", " 127.0.0.1"};

    for (size_t i = 0; i < sizeof(trusted) / sizeof(trusted[0]); i++)
        assert_true(proxies_trust(*state, trusted[i]));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(proxies_trust(*state, others[i]));
}

static void trusts_nobody_where_nothing_is_listed(void **state)
{
    struct proxies *none = made(NULL, 0);

    (void)state;
    assert_false(proxies_trust(none, "127.0.0.1"));
    assert_false(proxies_trust(none, "unix"));
    proxies_free(none);
}

static void trusts_everybody_behind_a_range_of_no_bits(void **state)
{
    static char *items[] = {(char *)"0.0.0.0/0"};
    struct proxies *all = made(items, 1);

    (void)state;
    assert_true(proxies_trust(all, "203.0.113.9"));
    assert_false(proxies_trust(all, "2001:db8::1"));
    proxies_free(all);
}

static void refuses_entries_that_are_no_range(void **state)
{
    static const char *const wrong[] = {"localhost", "10.0.0.0/33", "::/129", "10.0.0.0/",
        "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/0008", "/8", "",
        "1111111111111111111111111111111111111111111111111111/8"};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char *items[] = {(char *)wrong[i]};
        struct config_list list = {items, 1};
        struct reason why;
        assert_null(proxies_new(&list, &why));
        assert_non_null(strstr(why.text, "trusted_proxies"));
    }
}

static void client_is(struct proxies *proxies, const char *peer, const char *forwarded, int from,
    const char *expected)
{
    char out[PROXIES_ADDRESS_SIZE];

    assert_int_equal(proxies_client(proxies, peer, forwarded, out), from);
    assert_string_equal(out, expected);
}

static void takes_the_rightmost_entry_that_is_no_proxy(void **state)
{
    client_is(*state, "127.0.0.1", "203.0.113.9", 1, "203.0.113.9");
    client_is(*state, "unix", "6.6.6.6, 203.0.113.9, 10.1.2.200", 1, "203.0.113.9");
    client_is(*state, "::1", "127.0.0.2,127.0.0.1", 1, "127.0.0.2");
    client_is(*state, "127.0.0.1", "\t[2001:db8:ffff::1]:443 ", 1, "2001:db8:ffff::1");
    client_is(*state, "127.0.0.1", "203.0.113.9:1234", 1, "203.0.113.9");
    client_is(*state, "127.0.0.1", "::ffff:203.0.113.9", 1, "203.0.113.9");
}

static void keeps_the_peers_address_where_the_header_does_not_count(void **state)
{
    client_is(*state, "203.0.113.1", "6.6.6.6", 0, "203.0.113.1");
    client_is(*state, "::ffff:203.0.113.1", NULL, 0, "203.0.113.1");
    client_is(*state, "127.0.0.1", "", 0, "127.0.0.1");
    client_is(*state, "127.0.0.1", "6.6.6.6, unknown", 0, "127.0.0.1");
    client_is(*state, "127.0.0.1", "6.6.6.6,", 0, "127.0.0.1");
    client_is(*state, "127.0.0.1", "[", 0, "127.0.0.1");
    client_is(*state, "unix", NULL, 0, "unix");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trusts_addresses_inside_the_ranges_alone),
        cmocka_unit_test(trusts_nobody_where_nothing_is_listed),
        cmocka_unit_test(trusts_everybody_behind_a_range_of_no_bits),
        cmocka_unit_test(refuses_entries_that_are_no_range),
        cmocka_unit_test(takes_the_rightmost_entry_that_is_no_proxy),
        cmocka_unit_test(keeps_the_peers_address_where_the_header_does_not_count),
    };
    return cmocka_run_group_tests_name("proxies", tests, set_up, tear_down);
}
