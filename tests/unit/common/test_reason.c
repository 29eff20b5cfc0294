#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/reason.h"

static void says_what_it_was_told(void **state)
{
    struct reason why;

    (void)state;
    assert_int_equal(reason_set(&why, "%s is %d octets short", "the file", 3), -1);
    assert_string_equal(why.text, "the file is 3 octets short");
}

static void takes_nobody_who_wants_to_know(void **state)
{
    (void)state;
    assert_int_equal(reason_set(NULL, "unheard"), -1);
    assert_int_equal(reason_prefix(NULL, "unheard"), -1);
}

static void puts_words_in_front(void **state)
{
    struct reason why;

    (void)state;
    reason_set(&why, "no such file");
    assert_int_equal(reason_prefix(&why, "opening %s: ", "belfry.db"), -1);
    assert_string_equal(why.text, "opening belfry.db: no such file");
}

static void may_be_made_of_itself(void **state)
{
    struct reason why;

    (void)state;
    reason_set(&why, "no such file");
    reason_set(&why, "opening: %s", why.text);
    assert_string_equal(why.text, "opening: no such file");
    reason_prefix(&why, "<%s> ", why.text);
    assert_string_equal(why.text, "<opening: no such file> opening: no such file");
}

static void escapes_control_octets(void **state)
{
    struct reason why;

    (void)state;
    reason_set(&why, "name %s", "a\nb\x1b[2J\x7f\xc2\x9b\xff");
    assert_string_equal(why.text, "name a\\x0ab\\x1b[2J\\x7f\\xc2\\x9b\\xff");
}

static void is_cut_where_it_is_too_long(void **state)
{
    struct reason why;
    char text[2000];

    (void)state;
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    reason_set(&why, "%s", text);
    assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
    reason_prefix(&why, "long: ");
    assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
    assert_memory_equal(why.text, "long: aaa", 9);
}

static void cuts_no_character_and_no_escape(void **state)
{
    struct reason why;
    char text[600];

    (void)state;
    memset(text, 'a', sizeof(text));
    strcpy(text + 510, "\xc3\xa9\xc3\xa9");
    reason_set(&why, "%s", text);
    assert_int_equal(strlen(why.text), 510);
    memset(text, 'a', sizeof(text));
    strcpy(text + 508, "\n\n");
    reason_set(&why, "%s", text);
    assert_int_equal(strlen(why.text), 508);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_it_was_told),
        cmocka_unit_test(takes_nobody_who_wants_to_know),
        cmocka_unit_test(puts_words_in_front),
        cmocka_unit_test(may_be_made_of_itself),
        cmocka_unit_test(escapes_control_octets),
        cmocka_unit_test(is_cut_where_it_is_too_long),
        cmocka_unit_test(cuts_no_character_and_no_escape),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
