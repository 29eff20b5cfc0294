#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/net_fixture.h"

static void opens(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct client *client = client_new_open(fixture);
    char out[100];
    (void)state;
    fixture->echo = true;
    client_send_frame(client, 0x81, "hello", 5);
    assert_string_equal(client_frame(client, out, sizeof(out)), "text:hello");
    client_free(client);
    assert_string_equal(fixture->heard.data, "text:hello drained closed:1006 ");
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(opens)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
