/* The input as a request, head and body, at once and byte by byte: the results are the same. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/origin.h"
#include "common/proxies.h"
#include "gateway/net/http_answer.h"
#include "gateway/net/http_body.h"

#define BODY_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void compare(const struct http_request *whole, const struct http_request *cut)
{
    if (!same(http_request_path(whole), http_request_path(cut)) ||
        !same(http_request_query(whole), http_request_query(cut)))
        abort();
    for (int i = 0; i < HTTP_FIELDS; i++)
        if (!same(http_request_field(whole, (enum http_field)i),
                http_request_field(cut, (enum http_field)i)))
            abort();
}

/* Uses the parsed fields as the server does. */
static void use(const struct http_request *request)
{
    static char *trusted[] = {(char *)"127.0.0.0/8", (char *)"::1"};
    static const struct config_list list = {trusted, 2}, none = {NULL, 0};
    struct proxies *proxies = proxies_new(&list, NULL);
    char client[PROXIES_ADDRESS_SIZE], value[64];
    struct reason why;
    struct buf out;

    proxies_client(
        proxies, "127.0.0.1", http_request_field(request, HTTP_FIELD_FORWARDED_FOR), client);
    if (strlen(client) >= sizeof(client))
        abort();
    origin_check(&none, http_request_field(request, HTTP_FIELD_ORIGIN),
        http_request_field(request, HTTP_FIELD_HOST), &why);
    http_request_parameter(request, "EIO", value, sizeof(value));
    buf_init(&out, 4096);
    if (http_request_is_websocket(request))
        http_answer_upgrade(http_request_field(request, HTTP_FIELD_KEY), NULL, &out);
    buf_release(&out);
    proxies_free(proxies);
}

static void compare_bodies(const struct http_request *request, const uint8_t *data, size_t size)
{
    struct http_body whole, cut;
    enum http_progress progress = http_body_init(&cut, request, BODY_MAX);
    size_t read = 0, taken;

    if (http_body_init(&whole, request, BODY_MAX) != progress)
        abort();
    if (progress == HTTP_MORE && size > 0) {
        while (read < size && progress == HTTP_MORE) {
            progress = http_body_feed(&cut, data + read, 1, &taken);
            read += taken;
        }
        if (http_body_feed(&whole, data, size, &taken) != progress || taken != read)
            abort();
        if (cut.bytes.len > BODY_MAX || cut.bytes.len != whole.bytes.len ||
            memcmp(cut.bytes.data, whole.bytes.data, cut.bytes.len) != 0)
            abort();
    }
    http_body_release(&whole);
    http_body_release(&cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_request *whole = http_request_new();
    struct http_request *cut = http_request_new();
    enum http_progress progress = HTTP_MORE;
    size_t read = 0, taken;

    while (read < size && progress == HTTP_MORE) {
        progress = http_request_feed(cut, data + read, 1, &taken);
        read += taken;
    }
    if (http_request_feed(whole, data, size, &taken) != progress || taken != read)
        abort();
    if (progress == HTTP_REFUSED && http_request_refusal(whole).status < 400)
        abort();
    if (progress == HTTP_WHOLE) {
        compare(whole, cut);
        use(whole);
        compare_bodies(whole, data + read, size - read);
    }
    http_request_free(whole);
    http_request_free(cut);
    return 0;
}
