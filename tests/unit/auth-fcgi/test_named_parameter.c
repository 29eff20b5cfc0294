#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "auth-fcgi/named_parameter.h"

static void stands_only_where_sql_is(void **state)
{
    static const struct {
        const char *sql, *replaced;
        size_t count;
    } cases[] = {
        {"SELECT 1", "SELECT 1", 0},
        {"WHERE a = :token", "WHERE a = $1", 1},
        {":token=:token", "$1=$1", 2},
        {"a = :tokens", "a = :tokens", 0},
        {"a = :token::uuid", "a = $1::uuid", 1},
        {"a::token = :token", "a::token = $1", 1},
        {"':token' || :token", "':token' || $1", 1},
        {"'it''s :token' :token", "'it''s :token' $1", 1},
        {"E'\\':token' :token", "E'\\':token' $1", 1},
        {"'\\' :token", "'\\' $1", 1},
        {"date'\\' :token", "date'\\' $1", 1},
        {"\":token\" :token", "\":token\" $1", 1},
        {"-- :token\n:token", "-- :token\n$1", 1},
        {"/* :token /* */ :token */ :token", "/* :token /* */ :token */ $1", 1},
        {"$$ :token $$ :token", "$$ :token $$ $1", 1},
        {"$q$ :token $$ $q$ :token", "$q$ :token $$ $q$ $1", 1},
        {"a$b$c = :token", "a$b$c = $1", 1},
        {"':token", "':token", 0},
        {"/* :token", "/* :token", 0},
    };
    struct buf out;

    (void)state;
    buf_init(&out, 1024);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        buf_clear(&out);
        assert_int_equal(named_parameter_replace(cases[i].sql, &out), cases[i].count);
        assert_string_equal(out.data, cases[i].replaced);
    }
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stands_only_where_sql_is),
    };

    return cmocka_run_group_tests_name("named_parameter", tests, NULL, NULL);
}
