#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/load/now.h"
#include "bench/load/pace.h"

enum { MOMENTS = 100000 };

/* Poisson: the gaps' mean is that of the rate, and their variance its square. */
static void keeps_its_rate_at_random_moments(void **state)
{
    double gap = 1e9 / 2000, squares = 0;
    struct pace pace;
    int64_t last;

    (void)state;
    pace_init(&pace, 2000, 3);
    pace_start(&pace, 0);
    last = pace_step(&pace);
    for (int i = 0; i < MOMENTS; i++) {
        int64_t moment = pace_step(&pace);
        double off = (double)(moment - last) - gap;

        assert_true(moment >= last);
        squares += off * off;
        last = moment;
    }
    assert_true((double)last / MOMENTS > gap * 0.98 && (double)last / MOMENTS < gap * 1.02);
    assert_true(squares / MOMENTS > gap * gap * 0.95 && squares / MOMENTS < gap * gap * 1.05);
}

static void differs_from_publisher_to_publisher(void **state)
{
    struct pace one, other;

    (void)state;
    pace_init(&one, 100, 0);
    pace_init(&other, 100, 1);
    pace_start(&one, NS_PER_SECOND);
    pace_start(&other, NS_PER_SECOND);
    assert_true(one.next > NS_PER_SECOND);
    assert_int_not_equal(one.next, other.next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_its_rate_at_random_moments),
        cmocka_unit_test(differs_from_publisher_to_publisher),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
