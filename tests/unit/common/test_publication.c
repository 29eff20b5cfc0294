/* Which fields make a valid row, and the errors for those that do not. */

#include "tests/unit/files.h"

#include "common/json.h"
#include "common/memory.h"
#include "common/publication.h"
#include "common/row_rules.h"

#define NOW 1795375140123 /* 2026-11-22T19:19:00.123Z */

/* From JSON to a row, like a line of standard input or the body of a request. */
struct trial {
    json_t *object;
    struct buf json;
    struct publication publication;
    struct publication_row row;
    struct publication_error error;
};

static int trial_run(struct trial *trial, enum publication_kind kind, const char *text)
{
    struct reason why;

    *trial = (struct trial){.publication.kind = kind};
    buf_init(&trial->json, 65536);
    trial->object = json_read(text, strlen(text), &why);
    assert_non_null(trial->object);
    if (publication_from_json(&trial->publication, trial->object, &trial->json, &trial->error) < 0)
        return -1;
    return publication_check(&trial->publication, NOW, &trial->row, &trial->error);
}

static void trial_end(struct trial *trial)
{
    json_decref(trial->object);
    buf_release(&trial->json);
}

static void each_kind_is_taken_by_names_and_by_columns(void **state)
{
    static const struct {
        enum publication_kind kind;
        const char *text;
        const char *values[PUBLICATION_FIELDS_MAX];
    } cases[] = {
        {PUBLICATION_NOTIFICATION,
            "{\"user\":\"älice\",\"title\":\"T\",\"body\":\"\",\"type\":\"alert\","
            "\"priority\":\"urgent\",\"data\":{\"a\":[1]},\"after\":\"+90s\","
            "\"expires\":\"2026-11-23T01:00:00+01:00\",\"key\":\"k\"}",
            {"älice", "T", "", "alert", "urgent", "{\"a\":[1]}", "2026-11-22T19:20:30.123Z",
                "2026-11-23T00:00:00.000Z", "k"}},
        {PUBLICATION_NOTIFICATION,
            "{\"user_id\":\"a\",\"title\":\"T\",\"body\":null,\"data\":\"{ }\","
            "\"deliver_after\":\"2030-01-01 00:00:00\",\"idempotency_key\":\"k\"}",
            {"a", "T", NULL, NULL, NULL, "{ }", "2030-01-01T00:00:00.000Z", NULL, "k"}},
        {PUBLICATION_MESSAGE,
            "{\"conversationId\":\"c\",\"senderId\":\"s\",\"senderName\":\"\",\"content\":\"hi\","
            "\"metadata\":\"text\",\"clientRef\":\"7\"}",
            {"c", "s", "", "hi", "\"text\"", "7"}},
        {PUBLICATION_MESSAGE,
            "{\"conversation_id\":\"c\",\"sender_id\":\"s\",\"sender_name\":\"S\","
            "\"content\":\"hi\",\"metadata\":[null],\"client_ref\":\"7\"}",
            {"c", "s", "S", "hi", "[null]", "7"}},
        {PUBLICATION_BROADCAST,
            "{\"topic\":\"*\",\"event\":\"e\",\"data\":1.5,\"expires\":\"now\"}",
            {"*", "e", "1.5", "2026-11-22T19:19:00.123Z"}},
        {PUBLICATION_CONVERSATION, "{\"id\":\"c\",\"title\":\"\"}", {"c", ""}},
        {PUBLICATION_MEMBER, "{\"conversationId\":\"c\",\"user\":\"u\"}", {"c", "u"}},
    };
    struct trial trial;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (trial_run(&trial, cases[i].kind, cases[i].text) < 0)
            fail_msg("%s: %s", cases[i].text, trial.error.why.text);
        assert_int_equal(trial.row.kind, cases[i].kind);
        assert_int_equal(trial.row.published_at, NOW);
        for (int field = 0; field < PUBLICATION_FIELDS_MAX; field++) {
            if (cases[i].values[field])
                assert_string_equal(trial.row.values[field], cases[i].values[field]);
            else
                assert_null(trial.row.values[field]);
        }
        trial_end(&trial);
    }
}

static void an_error_names_its_field_as_it_was_spelled(void **state)
{
    static const struct {
        enum publication_kind kind;
        const char *text;
        enum publication_fault fault;
        const char *field, *because;
    } cases[] = {
        {PUBLICATION_NOTIFICATION, "[]", PUBLICATION_NOT_OBJECT, NULL, "JSON object"},
        {PUBLICATION_NOTIFICATION, "{\"titel\":\"x\"}", PUBLICATION_UNKNOWN_FIELD, "titel",
            "a notification has no titel"},
        {PUBLICATION_MESSAGE, "{\"user\":\"x\"}", PUBLICATION_UNKNOWN_FIELD, "user",
            "a message has no user"},
        {PUBLICATION_NOTIFICATION, "{\"user\":\"a\",\"user_id\":\"b\"}", PUBLICATION_CONTRADICTION,
            "user", "user and user_id"},
        {PUBLICATION_NOTIFICATION, "{\"user\":\"a\"}", PUBLICATION_MISSING, "title",
            "there is no title"},
        {PUBLICATION_NOTIFICATION, "{\"user\":null,\"title\":\"x\"}", PUBLICATION_MISSING, "user",
            "there is no user"},
        {PUBLICATION_MEMBER, "{\"user\":\"x\"}", PUBLICATION_MISSING, "conversationId",
            "there is no conversationId"},
        {PUBLICATION_NOTIFICATION, "{\"user_id\":7}", PUBLICATION_NOT_TEXT, "user_id",
            "user_id must be a string"},
        {PUBLICATION_NOTIFICATION, "{\"title\":\"a\\u0000b\"}", PUBLICATION_NOT_TEXT, "title",
            "title must be a string without NUL"},
        {PUBLICATION_NOTIFICATION, "{\"user_id\":\"\",\"title\":\"x\"}", PUBLICATION_LENGTH,
            "user_id", "user_id must be 1 to 255 octets long"},
        {PUBLICATION_NOTIFICATION, "{\"user\":\"\",\"title\":\"x\"}", PUBLICATION_LENGTH, "user",
            "user_id must be 1 to 255 octets long"},
        {PUBLICATION_NOTIFICATION, "{\"user\":\"a\",\"title\":\"x\",\"data\":[1]}",
            PUBLICATION_NOT_JSON, "data", "data must be a JSON object: "},
        {PUBLICATION_NOTIFICATION, "{\"user\":\"a\",\"title\":\"x\",\"data\":\"{\"}",
            PUBLICATION_NOT_JSON, "data", "data must be a JSON object: "},
        {PUBLICATION_NOTIFICATION,
            "{\"user\":\"a\",\"title\":\"x\",\"deliver_after\":\"tomorrow\"}", PUBLICATION_NOT_TIME,
            "deliver_after", "after: tomorrow is no"},
        {PUBLICATION_NOTIFICATION, "{\"user\":\"a\",\"title\":\"x\",\"priority\":\"High\"}",
            PUBLICATION_NOT_ALLOWED, "priority", "low, normal, high or urgent"},
        {PUBLICATION_BROADCAST, "{\"topic\":\"*\",\"event\":\"disconnect\"}", PUBLICATION_RESERVED,
            "event", "socket.io"},
        {PUBLICATION_BROADCAST, "{\"topic\":\"*\",\"event\":\"\"}", PUBLICATION_LENGTH, "event",
            "event must be 1 to 64 characters long"},
    };
    struct trial trial;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (trial_run(&trial, cases[i].kind, cases[i].text) == 0)
            fail_msg("%s is taken", cases[i].text);
        assert_int_equal(trial.error.fault, cases[i].fault);
        if (cases[i].field)
            assert_string_equal(trial.error.field, cases[i].field);
        else
            assert_null(trial.error.field);
        if (!strstr(trial.error.why.text, cases[i].because))
            fail_msg("\"%s\" is not in \"%s\"", cases[i].because, trial.error.why.text);
        trial_end(&trial);
    }
}

/* Fields that are possible on a command line, but not in JSON. */
static void text_that_is_not_utf8_is_no_text(void **state)
{
    const struct publication publication = {
        .kind = PUBLICATION_CONVERSATION, .fields = {[CONVERSATION_ID] = "\xff"}};
    struct publication_error error;
    struct publication_row row;

    (void)state;
    assert_int_equal(publication_check(&publication, NOW, &row, &error), -1);
    assert_int_equal(error.fault, PUBLICATION_NOT_TEXT);
    assert_string_equal(error.field, "id");
    assert_string_equal(error.why.text, "id is not UTF-8");
}

/* test_row_rules compares the limits with those of the tables. */
static void a_field_may_be_as_long_as_its_column(void **state)
{
    static const struct {
        int field, most;
    } cases[] = {{NOTIFICATION_USER, ROW_ID_MAX}, {NOTIFICATION_TITLE, ROW_TITLE_MAX},
        {NOTIFICATION_BODY, ROW_BODY_MAX}, {NOTIFICATION_TYPE, ROW_TYPE_MAX},
        {NOTIFICATION_KEY, ROW_ID_MAX}};
    struct publication_error error;
    struct publication_row row;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct publication publication = {.kind = PUBLICATION_NOTIFICATION,
            .fields = {[NOTIFICATION_USER] = "a", [NOTIFICATION_TITLE] = "b"}};
        char *text = mem_zalloc((size_t)cases[i].most + 2);
        memset(text, 'x', (size_t)cases[i].most);
        publication.fields[cases[i].field] = text;
        assert_int_equal(publication_check(&publication, NOW, &row, &error), 0);
        text[cases[i].most] = 'x';
        assert_int_equal(publication_check(&publication, NOW, &row, &error), -1);
        assert_int_equal(error.fault, PUBLICATION_LENGTH);
        free(text);
    }
}

static void json_that_does_not_fit_is_refused_by_its_name(void **state)
{
    struct publication publication = {.kind = PUBLICATION_BROADCAST};
    struct publication_error error;
    struct buf json;

    (void)state;
    buf_init(&json, 16);
    json_t *object = json_pack("{s:s}", "data", "longer than sixteen octets");
    assert_int_equal(publication_from_json(&publication, object, &json, &error), -1);
    assert_int_equal(error.fault, PUBLICATION_LENGTH);
    assert_string_equal(error.why.text, "data is too long");
    json_decref(object);
    buf_release(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_taken_by_names_and_by_columns),
        cmocka_unit_test(an_error_names_its_field_as_it_was_spelled),
        cmocka_unit_test(text_that_is_not_utf8_is_no_text),
        cmocka_unit_test(a_field_may_be_as_long_as_its_column),
        cmocka_unit_test(json_that_does_not_fit_is_refused_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
