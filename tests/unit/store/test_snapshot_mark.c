#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gateway/store/snapshot_mark.h"

static const struct {
    const char *mark, *other, *both;
} cases[] = {
    {"1764512345000", "1764512340000", "1764512340000"},
    {"10:10:", "12:12:", "10:10:"},
    {"10:20:10,15", "10:20:10,15", "10:20:10,15"},
    /* A long transaction keeps xmin where it was. */
    {"1000:3000:1000", "2000:2000:", "1000:2000:1000"},
    {"1000:3000:1000,2500", "1000:4000:1000,3500", "1000:3000:1000,2500"},
    /* Of two that began at the same time, only what has ended in both is shown. */
    {"5:9:5,7", "6:9:6,8", "5:9:5,6,7,8"},
    {"7:9:7,8", "9:9:", "7:9:7,8"},
    {"9:12:9,10", "9:9:", "9:9:"},
};

static void shows_what_both_show(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *both = snapshot_mark_of_both(cases[i].mark, cases[i].other);
        char *turned = snapshot_mark_of_both(cases[i].other, cases[i].mark);

        assert_string_equal(both, cases[i].both);
        assert_string_equal(turned, cases[i].both);
        free(both);
        free(turned);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_what_both_show),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
