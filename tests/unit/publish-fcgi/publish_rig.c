#include "tests/unit/publish-fcgi/publish_rig.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/memory.h"
#include "publish-fcgi/publish_endpoint.h"

#define PARAMETERS_MAX 32
#define LOG_MAX 65536

static int64_t now(const struct clock *clock)
{
    return *(const int64_t *)clock->context;
}

static void configure(struct publish_rig *rig)
{
    struct buf text;
    struct reason why;
    char *path = path_in(rig->folder, "belfry.conf");

    buf_init(&text, 4096);
    buf_addf(&text,
        "[belfry]\ndatabase = %s\n[publish]\nrate = 100\n[queue]\nbusy_timeout = 50ms\n",
        rig->queue.database);
    file_write(path, text.data, text.len);
    rig->settings = program_settings_load(&publish_endpoint_kind, path, &rig->log, &why);
    if (!rig->settings)
        fail_msg("%s", why.text);
    buf_release(&text);
    free(path);
}

void publish_rig_key(struct publish_rig *rig, const char *name, unsigned rights, const char *users)
{
    char hash[PUBLISH_HASH_SIZE], sql[512];
    struct buf words;

    buf_init(&words, 128);
    publish_rights_write(rights, &words);
    snprintf(rig->key, sizeof(rig->key), PUBLISH_KEY_PREFIX "%s", name);
    snprintf(sql, sizeof(sql),
        "INSERT INTO publish_keys (name, hash, rights, users) "
        "VALUES ('%s', '%s', '%s', nullif('%s', ''))",
        name, publish_hash(rig->key, strlen(rig->key), hash), words.data, users ? users : "");
    queue_rig_sql(&rig->queue, sql);
    buf_release(&words);
}

void publish_rig_open(struct publish_rig *rig, unsigned rights, const char *users)
{
    *rig = (struct publish_rig){.now_ms = PUBLISH_RIG_NOW_MS, .patience = ENDPOINT_MUST_ANSWER};
    queue_rig_open(&rig->queue);
    rig->folder = folder_new();
    rig->clock = (struct clock){now, now, &rig->now_ms};
    publish_rig_key(rig, "shop", rights, users);
    rig->log_path = path_in(rig->folder, "log");
    int fd = open(rig->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    log_sink_init(&rig->sink, fd, LOG_TEXT, LOG_DEBUG, &rig->clock, "belfry-publish");
    rig->log = logger_root(&rig->sink);
    buf_init(&rig->answer, publish_endpoint_kind.answer_max);
    configure(rig);
    rig->responder = responder_open(rig->settings, &rig->clock, &rig->log);
}

void publish_rig_close(struct publish_rig *rig)
{
    responder_close(rig->responder);
    program_settings_release(rig->settings);
    buf_release(&rig->answer);
    close(rig->sink.fd);
    free(rig->log_path);
    folder_remove(rig->folder);
    free(rig->folder);
    queue_rig_close(&rig->queue);
}

/* The parameters of one request. */
struct parameter_list {
    char *items[PARAMETERS_MAX];
    size_t count;
};

static void parameter_add(struct parameter_list *list, const char *name, const char *value)
{
    size_t size = strlen(name) + strlen(value) + 2;

    for (size_t i = 0; i < list->count; i++)
        if (strncmp(list->items[i], name, strlen(name)) == 0 && list->items[i][strlen(name)] == '=')
            return;
    assert_true(list->count < PARAMETERS_MAX - 1);
    char *item = list->items[list->count++] = mem_alloc(size);
    snprintf(item, size, "%s=%s", name, value);
}

static int rig_send(struct publish_rig *rig, struct parameter_list *list, const char *body)
{
    const struct cgi_input input = {
        .parameters = list->items,
        .body = body ? body : "",
        .body_len = body ? (int64_t)strlen(body) : 0,
        .body_max = publish_endpoint_kind.body_max,
    };

    buf_clear(&rig->answer);
    rig->result = responder_answer(rig->responder, &input, rig->patience, &rig->answer);
    while (list->count > 0)
        free(list->items[--list->count]);
    if (rig->result == ENDPOINT_DEFERRED) {
        assert_int_equal(rig->answer.len, 0);
        return 0;
    }
    assert_memory_equal(rig->answer.data, "Status: ", 8);
    return atoi(rig->answer.data + 8);
}

int publish_rig_ask(
    struct publish_rig *rig, const char *method, const char *path, const char *body, ...)
{
    struct parameter_list list = {.count = 0};
    char bearer[128], uri[4096];
    const char *parameter;
    va_list parameters;

    va_start(parameters, body);
    while ((parameter = va_arg(parameters, const char *)))
        list.items[list.count++] = mem_strdup(parameter);
    va_end(parameters);
    snprintf(bearer, sizeof(bearer), "Bearer %s", rig->key);
    snprintf(uri, sizeof(uri), "/api/belfry%s", path);
    parameter_add(&list, "REQUEST_METHOD", method);
    parameter_add(&list, "REQUEST_URI", uri);
    parameter_add(&list, "HTTP_AUTHORIZATION", bearer);
    parameter_add(&list, "CONTENT_TYPE", body ? "application/json" : "");
    return rig_send(rig, &list, body);
}

int publish_rig_post(struct publish_rig *rig, const char *path, const char *body)
{
    return publish_rig_ask(rig, "POST", path, body, NULL);
}

void publish_rig_says(const struct publish_rig *rig, const char *text)
{
    if (!strstr(rig->answer.data, text))
        fail_msg("no \"%s\" in: %s", text, rig->answer.data);
}

void publish_rig_logged(const struct publish_rig *rig, const char *text, bool has)
{
    char *log = mem_zalloc(LOG_MAX);
    int fd = open(rig->log_path, O_RDONLY | O_CLOEXEC);

    assert_true(read(fd, log, LOG_MAX - 1) >= 0);
    close(fd);
    if ((strstr(log, text) != NULL) != has)
        fail_msg("%s \"%s\" in: %s", has ? "no" : "there is", text, log);
    free(log);
}

int64_t publish_rig_rows(struct publish_rig *rig, const char *table)
{
    char sql[128];

    snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
    return queue_rig_number(&rig->queue, sql);
}
