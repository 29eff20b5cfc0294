#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/realtime/topic.h"

static char *claimed_topics[] = {
    (char *)"team:7", (char *)"doc:*", (char *)"user:bob:notifications", (char *)"*"};
static char *bare_topics[] = {(char *)"lobby"};

static struct token_claims alice(size_t topics)
{
    return (struct token_claims){.subject = (char *)"alice",
        .role = (char *)"admin",
        .topics = claimed_topics,
        .topic_count = topics};
}

static void judges_each_kind_by_its_name(void **state)
{
    static const struct {
        const char *topic;
        enum topic_right right;
    } cases[] = {
        {"user:notifications", TOPIC_OWN},
        {"user:alice:notifications", TOPIC_OWN},
        {"user:bob:notifications", TOPIC_FORBIDDEN},
        {"user:alice", TOPIC_FORBIDDEN},
        {"user:alice:notifications:x", TOPIC_FORBIDDEN},
        {"user:alicebob:notifications", TOPIC_FORBIDDEN},
        {"conversation:1", TOPIC_CONVERSATION},
        {"presence:updates", TOPIC_ALLOWED},
        {"presence:all", TOPIC_FORBIDDEN},
        {"role:admin", TOPIC_ALLOWED},
        {"role:editor", TOPIC_FORBIDDEN},
        {"role:", TOPIC_FORBIDDEN},
        {"public:news", TOPIC_ALLOWED},
        {"public:", TOPIC_FORBIDDEN},
        {"team:7", TOPIC_FORBIDDEN},
        {"", TOPIC_FORBIDDEN},
        {":", TOPIC_FORBIDDEN},
        {"nocolon", TOPIC_FORBIDDEN},
        {"public:a\nb", TOPIC_FORBIDDEN},
        {"*", TOPIC_FORBIDDEN},
    };
    struct token_claims claims = alice(0);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("%s\n", cases[i].topic);
        assert_int_equal(topic_right(cases[i].topic, &claims), cases[i].right);
    }
}

static void lets_the_tokens_own_topics_in(void **state)
{
    struct token_claims claims = alice(2);

    (void)state;
    assert_int_equal(topic_right("team:7", &claims), TOPIC_ALLOWED);
    assert_int_equal(topic_right("team:70", &claims), TOPIC_FORBIDDEN);
    assert_int_equal(topic_right("doc:1/2", &claims), TOPIC_ALLOWED);
    assert_int_equal(topic_right("docs:1", &claims), TOPIC_FORBIDDEN);
}

static void lets_a_token_name_a_topic_without_a_colon(void **state)
{
    struct token_claims claims = {
        .subject = (char *)"alice", .topics = bare_topics, .topic_count = 1};

    (void)state;
    assert_int_equal(topic_right("lobby", &claims), TOPIC_ALLOWED);
    assert_int_equal(topic_right("lobby:", &claims), TOPIC_FORBIDDEN);
    assert_int_equal(topic_right("", &claims), TOPIC_FORBIDDEN);
}

static void judges_a_conversation_by_its_id(void **state)
{
    struct token_claims members = alice(0), bearer = alice(4);

    (void)state;
    assert_int_equal(topic_right_to_conversation("tea", &members), TOPIC_CONVERSATION);
    assert_int_equal(topic_right_to_conversation("tea", &bearer), TOPIC_ALLOWED);
    assert_int_equal(topic_right_to_conversation("", &bearer), TOPIC_FORBIDDEN);
}

static void gives_nobody_another_users_notifications_whatever_the_claim(void **state)
{
    struct token_claims claims = alice(4);

    (void)state;
    assert_int_equal(topic_right("user:bob:notifications", &claims), TOPIC_FORBIDDEN);
    assert_int_equal(topic_right("other:thing", &claims), TOPIC_ALLOWED);
}

static void refuses_a_name_past_its_bound(void **state)
{
    char topic[TOPIC_MAX + 2] = "public:";
    struct token_claims claims = alice(0);

    (void)state;
    memset(topic + 7, 'x', TOPIC_MAX - 7);
    topic[TOPIC_MAX] = '\0';
    assert_int_equal(topic_right(topic, &claims), TOPIC_ALLOWED);
    topic[TOPIC_MAX] = 'x';
    topic[TOPIC_MAX + 1] = '\0';
    assert_int_equal(topic_right(topic, &claims), TOPIC_FORBIDDEN);
}

static void role_topics_want_a_role(void **state)
{
    struct token_claims claims = {.subject = (char *)"alice"};

    (void)state;
    assert_int_equal(topic_right("role:admin", &claims), TOPIC_FORBIDDEN);
}

static void names_the_conversation(void **state)
{
    (void)state;
    assert_string_equal(topic_conversation("conversation:a:b"), "a:b");
    assert_null(topic_conversation("public:a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_each_kind_by_its_name),
        cmocka_unit_test(lets_the_tokens_own_topics_in),
        cmocka_unit_test(lets_a_token_name_a_topic_without_a_colon),
        cmocka_unit_test(judges_a_conversation_by_its_id),
        cmocka_unit_test(gives_nobody_another_users_notifications_whatever_the_claim),
        cmocka_unit_test(refuses_a_name_past_its_bound),
        cmocka_unit_test(role_topics_want_a_role),
        cmocka_unit_test(names_the_conversation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
