#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *shown = database_url_shown(cases[i].database);

        assert_string_equal(shown, cases[i].shown);
        free(shown);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_told_from_paths),
        cmocka_unit_test(no_password_is_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
