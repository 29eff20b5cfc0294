#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/framing/event_id.h"

#define SESSION 7
#define NUMBER 4000000000u

struct fixture {
    struct seal *seal;
    char sid[RANDOM_NAME_SIZE];
    struct buf text;
};

static void fixture_init(struct fixture *fixture)
{
    fixture->seal = seal_new();
    seal_name(fixture->seal, SESSION, fixture->sid);
    buf_init(&fixture->text, 256);
    event_id_write(fixture->seal, fixture->sid, SESSION, NUMBER, &fixture->text);
}

static void fixture_release(struct fixture *fixture)
{
    buf_release(&fixture->text);
    seal_free(fixture->seal);
}

static void an_id_names_its_session_and_number(void **state)
{
    struct fixture fixture;
    struct event_id id;
    uint32_t number;

    (void)state;
    fixture_init(&fixture);
    assert_true(event_id_read(fixture.text.data, &id));
    assert_string_equal(id.sid, fixture.sid);
    assert_true(event_id_open(&id, fixture.seal, SESSION, &number));
    assert_int_equal(number, NUMBER);
    fixture_release(&fixture);
}

static void an_id_is_good_for_its_own_session_alone(void **state)
{
    struct fixture fixture;
    struct seal *other = seal_new();
    struct event_id id;
    uint32_t number;

    (void)state;
    fixture_init(&fixture);
    assert_true(event_id_read(fixture.text.data, &id));
    assert_false(event_id_open(&id, fixture.seal, SESSION + 1, &number));
    assert_false(event_id_open(&id, other, SESSION, &number));
    seal_free(other);
    fixture_release(&fixture);
}

static void a_changed_number_is_not_opened(void **state)
{
    struct fixture fixture;
    struct event_id id;
    uint32_t number;

    (void)state;
    fixture_init(&fixture);
    for (size_t i = 0; i < sizeof(id.sealed); i++) {
        assert_true(event_id_read(fixture.text.data, &id));
        id.sealed[i] ^= 1;
        assert_false(event_id_open(&id, fixture.seal, SESSION, &number));
    }
    fixture_release(&fixture);
}

static void other_texts_are_no_ids(void **state)
{
    struct fixture fixture;
    struct event_id id;
    size_t len;

    (void)state;
    fixture_init(&fixture);
    len = fixture.text.len;
    fixture.text.data[len - 1] = '=';
    assert_false(event_id_read(fixture.text.data, &id));
    fixture.text.data[len - 1] = '\0';
    assert_false(event_id_read(fixture.text.data, &id));
    assert_false(event_id_read("", &id));
    assert_false(event_id_read(".", &id));
    fixture_release(&fixture);
    fixture_init(&fixture);
    fixture.text.data[RANDOM_NAME_SIZE - 1] = '-';
    assert_false(event_id_read(fixture.text.data, &id));
    buf_add_char(&fixture.text, 'A');
    assert_false(event_id_read(fixture.text.data, &id));
    fixture_release(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_names_its_session_and_number),
        cmocka_unit_test(an_id_is_good_for_its_own_session_alone),
        cmocka_unit_test(a_changed_number_is_not_opened),
        cmocka_unit_test(other_texts_are_no_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
