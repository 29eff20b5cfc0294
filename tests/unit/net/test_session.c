#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/net/net_fixture.h"
#include "tests/unit/wire_client.h"

/* What a valid client sends, from its request to its close. */
static void add_session(struct buf *out)
{
    buf_add_text(out, sound_request);
    wire_add_frame(out, 0x81, "hello", 5);
    wire_add_frame(out, 0x01, "in \xe2", 4);
    wire_add_frame(out, 0x89, "ping", 4);
    wire_add_frame(out, 0x80, "\x82\xac parts", 8);
    wire_add_frame(out, 0x82, "\1\2\3", 3);
    wire_add_frame(out, 0x8a, "7", 1);
    wire_add_frame(out, 0x81, "", 0);
    wire_add_frame(out, 0x88, "\x03\xe8 done \xe2\x82\xac", 11);
}

static const char heard[] =
    "opened text:hello text:in \xe2\x82\xac parts binary:\1\2\3 pong:7 text: "
    "closed:1000 ";

/* The log without `drained`, which depends on how bytes arrive. */
static char *without_drained(const char *text)
{
    char *out = calloc(1, strlen(text) + 1);

    for (const char *at; (at = strstr(text, "drained ")) != NULL; text = at + 8)
        strncat(out, text, (size_t)(at - text));
    return strcat(out, text);
}

static void check_answers(struct net_client *client)
{
    static const char *const frames[] = {"text:hello", "pong:ping", "text:in \xe2\x82\xac parts",
        "binary:\1\2\3", "text:", "close:1000:", "none"};
    char out[200];
    char *end = strstr(client->in.data, "\r\n\r\n");

    assert_non_null(end);
    size_t head = (size_t)(end + 4 - client->in.data);
    memmove(client->in.data, client->in.data + head, client->in.len - head + 1);
    client->in.len -= head;
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
        assert_string_equal(net_client_frame(client, out, sizeof(out)), frames[i]);
    assert_true(client->eof && !client->reset);
}

static void is_the_same_wherever_it_is_cut(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct buf session;

    (void)state;
    buf_init(&session, 65536);
    add_session(&session);
    fixture->echo = true;
    for (size_t cut = 0; cut < session.len; cut++) {
        struct net_client *client = net_client_new(fixture);
        net_client_send(client, session.data, cut);
        net_client_send(client, session.data + cut, session.len - cut);
        check_answers(client);
        net_client_free(client);
        char *text = without_drained(fixture->heard.data);
        assert_string_equal(text, heard);
        free(text);
        buf_clear(&fixture->heard);
    }
    buf_release(&session);
    fixture_free(fixture);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* A session with some bytes changed, removed or inserted. */
static void spoil(struct buf *session, uint32_t *seed)
{
    for (uint32_t spoilt = next_random(seed) % 4; spoilt > 0; spoilt--) {
        size_t at = next_random(seed) % session->len;
        if (next_random(seed) % 3 > 0) {
            session->data[at] = (char)next_random(seed);
            continue;
        }
        memmove(session->data + at, session->data + at + 1, session->len - at);
        session->len--;
    }
}

/* Whatever arrives, the connection ends, others are not affected, and nothing leaks. */
static void may_be_spoilt_in_any_way(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *other = net_client_new_open(fixture);
    uint32_t seed = 0x5eed0002;
    char out[100];

    (void)state;
    fixture->echo = true;
    print_message("seed %#x, 5000 sessions\n", seed);
    for (int i = 0; i < 5000; i++) {
        struct net_client *client = net_client_new(fixture);
        struct buf session;
        buf_init(&session, 65536);
        add_session(&session);
        spoil(&session, &seed);
        size_t cut = next_random(&seed) % session.len;
        net_client_send(client, session.data, cut);
        net_client_send(client, session.data + cut, session.len - cut);
        buf_release(&session);
        net_client_free(client);
        buf_clear(&fixture->heard);
    }
    assert_int_equal(server_counters(fixture->server)->open, 1);
    net_client_send_frame(other, 0x81, "still here", 10);
    assert_string_equal(net_client_frame(other, out, sizeof(out)), "text:still here");
    net_client_free(other);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_same_wherever_it_is_cut),
        cmocka_unit_test(may_be_spoilt_in_any_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
