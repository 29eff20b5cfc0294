/* The input as an upgrade request, at once and octet by octet: both ways come to the same. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/origin.h"
#include "common/proxies.h"
#include "gateway/net/http_request.h"

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

/* What is made of the fields. */
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
        http_answer_upgrade(request, NULL, &out);
    buf_release(&out);
    proxies_free(proxies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_request *whole = http_request_new();
    struct http_request *cut = http_request_new();
    enum http_progress progress = HTTP_REQUEST_MORE;
    size_t read = 0, rest;

    while (read < size && progress == HTTP_REQUEST_MORE)
        progress = http_request_feed(cut, data + read++, 1);
    if (http_request_feed(whole, data, size) != progress)
        abort();
    if (progress == HTTP_REQUEST_REFUSED && http_request_refusal(whole).status < 400)
        abort();
    if (progress == HTTP_REQUEST_UPGRADE || progress == HTTP_REQUEST_PLAIN) {
        compare(whole, cut);
        use(whole);
        http_request_rest(whole, &rest);
        if (rest != size - read)
            abort();
    }
    http_request_free(whole);
    http_request_free(cut);
    return 0;
}
