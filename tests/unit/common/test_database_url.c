#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build-config.h"
#include "common/database_url.h"

static void urls_are_told_from_paths(void **state)
{
    (void)state;
    assert_true(database_url_is("postgresql://db/shop"));
    assert_true(database_url_is("postgres:///shop"));
    assert_false(database_url_is("postgresql:/srv/shop"));
    assert_false(database_url_is("/var/lib/belfry/queue/belfry.db"));
    assert_false(database_url_is("mysql://db/shop"));
}

static void no_password_is_shown(void **state)
{
    static const struct {
        const char *database, *shown;
    } cases[] = {
        {"/srv/postgresql://x:y@z", "/srv/postgresql://x:y@z"},
        {"postgresql:///shop", "postgresql:///shop"},
        {"postgresql://bob@db:5432/shop", "postgresql://bob@db:5432/shop"},
        {"postgresql://bob:hidden@db:5432/shop", "postgresql://bob:***@db:5432/shop"},
        {"postgres://bob:hid:den@a,b:5432/shop?x=1", "postgres://bob:***@a,b:5432/shop?x=1"},
        {"postgresql://db/shop?user=bob&password=hidden&sslmode=require",
            "postgresql://db/shop?user=bob&password=***&sslmode=require"},
        {"postgresql:///?sslpassword=hidden", "postgresql:///?sslpassword=***"},
        /* What should have been encoded. */
        {"postgresql://bob:hid@den@db/shop", "postgresql://bob:***@db/shop"},
        {"postgresql://bob:hid/den@db/shop", "postgresql://bob:***@db/shop"},
        {"postgresql://bob:hid?den@db/shop?x=1", "postgresql://bob:***@db/shop?x=1"},
        {"postgresql://db?password=hid@den", "postgresql://db:***@den"},
        {"postgresql:///shop?options=a@b", "postgresql:///shop?options=a@b"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *shown = database_url_shown(cases[i].database);

        assert_string_equal(shown, cases[i].shown);
        free(shown);
    }
}

#ifdef WITH_POSTGRESQL
static void a_part_of_a_password_is_no_host(void **state)
{
    static const char *const good[] = {"postgresql://bob:hid%40den@db/shop",
        "postgresql:///shop?application_name=a@b", "postgres://bob:hid?den@db"};
    static const char *const bad[] = {
        "postgresql://bob:hid@den@db/shop", "postgresql://bob:1/den@db/shop"};
    struct reason why;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (database_url_check(good[i], &why) < 0)
            fail_msg("%s: %s", good[i], why.text);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(database_url_check(bad[i], &why), -1);
        assert_non_null(strstr(why.text, "%40 for @"));
        assert_null(strstr(why.text, "den"));
    }
}
#endif

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_told_from_paths),
        cmocka_unit_test(no_password_is_shown),
#ifdef WITH_POSTGRESQL
        cmocka_unit_test(a_part_of_a_password_is_no_host),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
