#include "tests/unit/files.h"

#include "fcgi/bridge.h"
#include "fcgi/intake.h"
#include "tests/unit/fcgi/fcgi_records.h"

/* What came over the bridge. */
struct crossed {
    int answers;
    size_t count;  /* of the parameters, with the one that libfcgi adds */
    size_t filler; /* bytes of FILLER */
};

static void answer(void *context, char *const *parameters)
{
    static const char name[] = "FILLER=";
    struct crossed *crossed = context;

    *crossed = (struct crossed){.answers = crossed->answers + 1};
    for (; *parameters; parameters++, crossed->count++)
        if (strncmp(*parameters, name, strlen(name)) == 0)
            crossed->filler = strlen(*parameters + strlen(name));
}

static int set_up(void **state)
{
    struct reason why;

    (void)state;
    return bridge_init(&why);
}

static struct bridge *bridge_made(void)
{
    struct reason why;
    struct bridge *bridge = bridge_new(&why);

    assert_non_null(bridge);
    return bridge;
}

/* Parameters that are `len` bytes long in all; of these the name and both lengths take 11. */
static void cross(struct bridge *bridge, size_t len, struct crossed *crossed)
{
    static char filler[INTAKE_PARAMS_MAX];
    struct buf params;
    struct reason why;

    memset(filler, 'x', len - 11);
    filler[len - 11] = '\0';
    buf_init(&params, INTAKE_PARAMS_MAX);
    param_add(&params, "FILLER", filler);
    assert_int_equal(params.len, len);
    assert_int_equal(bridge_run(bridge, &params, answer, crossed, &why), 0);
    buf_release(&params);
}

static void carries_parameters_of_every_length(void **state)
{
    /* libfcgi reads 8,192 bytes at a time, of which the records' headers are 32. */
    static const size_t lens[] = {
        11, INTAKE_PARAMS_MAX, 12, 4096, 8160, 8161, 8192, 16384, INTAKE_PARAMS_MAX};
    struct bridge *bridge = bridge_made();
    struct crossed crossed = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        cross(bridge, lens[i], &crossed);
        assert_int_equal(crossed.answers, i + 1);
        assert_int_equal(crossed.count, 2);
        assert_int_equal(crossed.filler, lens[i] - 11);
    }
    bridge_free(bridge);
}

static void carries_no_parameters(void **state)
{
    struct bridge *bridge = bridge_made();
    struct crossed crossed = {0};
    struct buf none;
    struct reason why;

    (void)state;
    buf_init(&none, INTAKE_PARAMS_MAX);
    cross(bridge, 100, &crossed);
    assert_int_equal(bridge_run(bridge, &none, answer, &crossed, &why), 0);
    assert_int_equal(crossed.answers, 2);
    assert_int_equal(crossed.count, 1);
    bridge_free(bridge);
}

/* intake lets no such parameters through (pairs.h). */
static void fails_without_an_answer_and_leaves_nothing_open(void **state)
{
    size_t open_before = open_descriptors();
    struct bridge *bridge = bridge_made();
    struct crossed crossed = {0};
    struct buf cut;
    struct reason why;

    (void)state;
    buf_init(&cut, INTAKE_PARAMS_MAX);
    buf_add(&cut, "\x05\x05NAME", 6);
    cross(bridge, 100, &crossed);
    assert_int_equal(bridge_run(bridge, &cut, answer, &crossed, &why), -1);
    assert_string_equal(why.text, "libfcgi refused a request");
    assert_int_equal(crossed.answers, 1);
    bridge_free(bridge);
    assert_int_equal(open_descriptors(), open_before);
    buf_release(&cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_parameters_of_every_length),
        cmocka_unit_test(carries_no_parameters),
        cmocka_unit_test(fails_without_an_answer_and_leaves_nothing_open),
    };
    return cmocka_run_group_tests_name("fcgi_bridge", tests, set_up, NULL);
}
