/* The input as an upgrade request, at once and octet by octet: both ways come to the same. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/origin.h"
#include "common/proxies.h"
#include "gateway/net/upgrade.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void compare(const struct upgrade *whole, const struct upgrade *cut)
{
    if (!same(upgrade_path(whole), upgrade_path(cut)) ||
        !same(upgrade_query(whole), upgrade_query(cut)))
        abort();
    for (int i = 0; i < UPGRADE_FIELDS; i++)
        if (!same(upgrade_field(whole, (enum upgrade_field)i),
                upgrade_field(cut, (enum upgrade_field)i)))
            abort();
}

/* What is made of the fields. */
static void use(const struct upgrade *upgrade)
{
    static char *trusted[] = {(char *)"127.0.0.0/8", (char *)"::1"};
    static const struct config_list list = {trusted, 2}, none = {NULL, 0};
    struct proxies *proxies = proxies_new(&list, NULL);
    char client[PROXIES_ADDRESS_SIZE], value[64];
    struct reason why;
    struct buf out;

    proxies_client(proxies, "127.0.0.1", upgrade_field(upgrade, UPGRADE_FORWARDED_FOR), client);
    if (strlen(client) >= sizeof(client))
        abort();
    origin_check(
        &none, upgrade_field(upgrade, UPGRADE_ORIGIN), upgrade_field(upgrade, UPGRADE_HOST), &why);
    upgrade_parameter(upgrade, "EIO", value, sizeof(value));
    buf_init(&out, 4096);
    if (upgrade_is_websocket(upgrade))
        upgrade_accept(upgrade, NULL, &out);
    buf_release(&out);
    proxies_free(proxies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct upgrade *whole = upgrade_new();
    struct upgrade *cut = upgrade_new();
    enum upgrade_progress progress = UPGRADE_MORE;
    size_t read = 0, rest;

    while (read < size && progress == UPGRADE_MORE)
        progress = upgrade_feed(cut, data + read++, 1);
    if (upgrade_feed(whole, data, size) != progress)
        abort();
    if (progress == UPGRADE_REFUSED && upgrade_refusal(whole).status < 400)
        abort();
    if (progress == UPGRADE_DONE || progress == UPGRADE_PLAIN) {
        compare(whole, cut);
        use(whole);
        upgrade_rest(whole, &rest);
        if (rest != size - read)
            abort();
    }
    upgrade_free(whole);
    upgrade_free(cut);
    return 0;
}
