#include "tests/unit/files.h"

#include "auth-fcgi/stored_time.h"

#define COUNT(texts) (sizeof(texts) / sizeof((texts)[0]))
/* 2026-11-28T20:23:21.374Z */
#define MS INT64_C(1795897401374)
#define SECOND INT64_C(1795897401000)

static void reads(const char *text, int64_t expected)
{
    int64_t ms = -1;

    if (stored_time_read(text, &ms) < 0 || ms != expected)
        fail_msg("%s: %lld, not %lld", text, (long long)ms, (long long)expected);
}

static void reads_what_frameworks_write(void **state)
{
    static const char *const written[] = {
        "2026-11-28 20:23:21.374 +00:00",          /* Sequelize */
        "2026-11-28T20:23:21.374Z",                /* Date.toJSON, Kysely, Better Auth */
        "2026-11-28T20:23:21.374+00:00",           /* Prisma, Python's isoformat */
        "2026-11-28 20:23:21.374",                 /* TypeORM, Hibernate */
        "2026-11-28 20:23:21.374123",              /* Django, Rails, SQLAlchemy */
        "2026-11-28 20:23:21.374123+00:00",        /* Django in some versions, diesel */
        "2026-11-28 20:23:21.3741234",             /* Entity Framework */
        "2026-11-28 20:23:21.3741234+00:00",       /* its DateTimeOffset */
        "2026-11-28 20:23:21.374123456+00:00",     /* mattn/go-sqlite3 */
        "2026-11-28 20:23:21.374123456 +0000 UTC", /* modernc.org/sqlite */
        "2026-11-28 21:23:21.374123456 +0100 CET", /* the same, elsewhere */
        "2026-11-28T20:23:21.374123456+00:00",     /* sqlx of Rust */
        "2026-11-28 20:23:21.374123 UTC",          /* chrono, Ruby's Time#inspect */
        "2026-11-28 20:23:21.374123+0000",         /* Sequel of Ruby */
        "2026-11-28 20:23:21.374+00",              /* PostgreSQL's spelling */
        "2026-11-28 22:23:21.374 +02:00",          /* Sequelize with a time zone of its own */
        "2026-11-28 22:23:21.374+0200",
        "2026-11-28 15:23:21.374-05",
        "2026-11-29T01:53:21.374+05:30",
        "2026-11-28t20:23:21.374z",
        "2026-11-28 20:23:21,374",
        "1795897401374", /* Drizzle, Knex, Prisma */
        "1795897401374.0",
        "1795897401.374",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(written); i++)
        reads(written[i], MS);
}

static void reads_whole_seconds_minutes_and_days(void **state)
{
    (void)state;
    reads("2026-11-28 20:23:21", SECOND);       /* Laravel, datetime() */
    reads("2026-11-28T20:23:21+00:00", SECOND); /* PHP's DATE_ATOM */
    reads("2026-11-28T20:23:21+0000", SECOND);
    reads("2026-11-28 20:23:21 UTC", SECOND);
    reads("2026-11-28 20:23:21 +0000", SECOND); /* Ruby's Time#to_s */
    reads("1795897401", SECOND);
    reads(" 2026-11-28 20:23:21 ", SECOND);
    reads("2026-11-28 20:23", SECOND - 21000);
    reads("2026-11-28T20:23Z", SECOND - 21000);
    reads("2026-11-28", SECOND - (20 * 3600 + 23 * 60 + 21) * 1000);
}

static void reads_numbers(void **state)
{
    int64_t ms;

    (void)state;
    assert_int_equal(stored_time_of_number(1795897401, &ms), 0);
    assert_int_equal(ms, SECOND);
    assert_int_equal(stored_time_of_number(1795897401374.0, &ms), 0);
    assert_int_equal(ms, MS);
    assert_int_equal(stored_time_of_number(0, &ms), 0);
    assert_int_equal(ms, 0);
    /* SELECT julianday('2026-11-28 12:00') */
    assert_int_equal(stored_time_of_number(2461373, &ms), 0);
    assert_int_equal(ms, INT64_C(1795867200000));
    assert_int_equal(stored_time_of_number(-1, &ms), -1);
    assert_int_equal(stored_time_of_number(9e99, &ms), -1);
    assert_int_equal(stored_time_of_number(0.0 / 0.0, &ms), -1);
}

static void refuses_what_is_no_time(void **state)
{
    static const char *const wrong[] = {"", " ", ".", "-1", "tomorrow", "2026-11", "2026-13-01",
        "2026-02-29", "2026-11-28T", "2026-11-28x20:23:21", "2026-11-28 20", "2026-11-28 20:2",
        "2026-11-28 20:23:", "2026-11-28 24:00:00", "2026-11-28 20:23:61", "2026-11-28 20:23:21.",
        "2026-11-28 20:23:21 .374", "2026-11-28 20:23:21 +", "2026-11-28 20:23:21 +1",
        "2026-11-28 20:23:21 +00:0", "2026-11-28 20:23:21 +00:00:00",
        "2026-11-28 20:23:21 +0000 UTC m=+0.1", "2026-11-28 20:23:21 CET", "2026-11-28 20:23:21 ZZ",
        "2026-11-28 20:23:21 +24:00", "2026-11-28 20:23:21 PM", "28.11.2026 20:23", "11/28/2026",
        "2026-11-28  20:23:21", "Sat Nov 28 2026 20:23:21 GMT+0000",
        "99999999999999999999999999999999999", "1795897401374 x", "0x6b0b5579", "1e12", "1.2.3",
        "inf", "nan"};
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (stored_time_read(wrong[i], &ms) == 0)
            fail_msg("%s: %lld", wrong[i], (long long)ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_frameworks_write),
        cmocka_unit_test(reads_whole_seconds_minutes_and_days),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(refuses_what_is_no_time),
    };
    return cmocka_run_group_tests_name("stored_time", tests, NULL, NULL);
}
