#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/framing/attachments.h"

static struct attachments *announced(const char *text, bool keep, size_t max)
{
    struct packet packet;
    struct reason why;

    assert_int_equal(packet_read(text, strlen(text), &packet, &why), 0);
    struct attachments *attachments = attachments_new(&packet, keep, max, &why);
    assert_null(packet.payload);
    return attachments;
}

static void is_whole_with_the_last(void **state)
{
    struct attachments *attachments =
        announced("53-[\"a\",{\"_placeholder\":true,\"num\":2}]", true, 5);
    size_t count;

    (void)state;
    assert_int_equal(attachments_add(attachments, "abc", 3), 0);
    assert_int_equal(attachments_add(attachments, "", 0), 0);
    assert_int_equal(attachments_add(attachments, "de", 2), 1);
    const struct peer_binary *items = attachments_items(attachments, &count);
    assert_int_equal(count, 3);
    assert_memory_equal(items[0].data, "abc", 3);
    assert_int_equal(items[1].len, 0);
    assert_memory_equal(items[2].data, "de", 2);
    attachments_free(attachments);
}

static void bounds_the_octets_of_all_together(void **state)
{
    struct attachments *attachments = announced("52-[\"a\"]", true, 5);

    (void)state;
    assert_int_equal(attachments_add(attachments, "abc", 3), 0);
    assert_int_equal(attachments_add(attachments, "def", 3), -1);
    attachments_free(attachments);
}

static void keeps_only_the_name_where_nobody_takes_binary(void **state)
{
    struct attachments *attachments =
        announced("51-7[\"a\",[1,2,3],{\"_placeholder\":true,\"num\":0}]", false, 5);
    size_t count;

    (void)state;
    assert_int_equal(json_array_size(attachments_packet(attachments)->payload), 1);
    assert_int_equal(attachments_packet(attachments)->id, 7);
    assert_int_equal(attachments_add(attachments, "abc", 3), 1);
    assert_null(attachments_items(attachments, &count));
    assert_int_equal(count, 0);
    attachments_free(attachments);
}

static void refuses_a_placeholder_outside(void **state)
{
    static const char *const texts[] = {"51-[\"a\",{\"_placeholder\":true,\"num\":1}]",
        "51-[\"a\",{\"_placeholder\":true,\"num\":-1}]", "51-[\"a\",{\"_placeholder\":true}]",
        "51-[\"a\",{\"_placeholder\":true,\"num\":\"0\"}]",
        "51-[\"a\",{\"_placeholder\":true,\"num\":0.5}]",
        "51-[\"a\",{\"b\":[0,{\"c\":{\"_placeholder\":true,\"num\":9}}]}]",
        "61-1[[{\"_placeholder\":true,\"num\":1000000000000}]]"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        if (announced(texts[i], true, 5))
            fail_msg("taken: %s", texts[i]);
}

static void takes_placeholders_anywhere_and_twice(void **state)
{
    struct attachments *attachments = announced(
        "51-[\"a\",{\"b\":{\"_placeholder\":true,\"num\":0}},{\"_placeholder\":true,\"num\":0},"
        "{\"_placeholder\":false,\"num\":7}]",
        true, 5);

    (void)state;
    assert_non_null(attachments);
    attachments_free(attachments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_whole_with_the_last),
        cmocka_unit_test(bounds_the_octets_of_all_together),
        cmocka_unit_test(keeps_only_the_name_where_nobody_takes_binary),
        cmocka_unit_test(refuses_a_placeholder_outside),
        cmocka_unit_test(takes_placeholders_anywhere_and_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
