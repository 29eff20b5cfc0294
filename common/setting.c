#include "common/setting.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/config_list.h"
#include "common/database_url.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/origin.h"
#include "common/path.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
/* No client can subscribe to a longer one. */
#define STANDING_TOPIC_MAX 300

/* ---- text ---- */

static int read_text(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    char **held = place;

    (void)setting;
    (void)why;
    free(*held);
    *held = mem_strdup(text);
    return 0;
}

static int read_path(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    if (!*text)
        return reason_set(why, "must not be empty");
    if (path_check(text, why) < 0)
        return -1;
    return read_text(setting, text, place, why);
}

static int read_database(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    if (!database_url_is(text))
        return read_path(setting, text, place, why);
    if (database_url_check(text, why) < 0)
        return -1;
    return read_text(setting, text, place, why);
}

static int read_optional_database(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    return *text ? read_database(setting, text, place, why) : read_text(setting, text, place, why);
}

static void print_database(const void *place, struct buf *out)
{
    char *shown = database_url_shown(*(char *const *)place);

    buf_add_text(out, shown);
    free(shown);
}

static int read_url_path(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    if (*text != '/' || strpbrk(text, " ?#%"))
        return reason_set(why,
            "\"%s\" is not the path of a URL: it begins with a slash and has none of "
            "the characters ?, #, %% and space",
            text);
    return read_text(setting, text, place, why);
}

static int check_choice(const struct setting *setting, const char *text, struct reason *why)
{
    size_t len = strlen(text);
    const char *choice = setting->choices;

    while (choice) {
        size_t octets = strcspn(choice, "|");

        if (octets == len && memcmp(choice, text, len) == 0)
            return 0;
        choice = choice[octets] ? choice + octets + 1 : NULL;
    }
    return reason_set(
        why, "\"%s\" is not one of %s", text, setting->choices + (*setting->choices == '|'));
}

static int read_choice(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    return check_choice(setting, text, why) < 0 ? -1 : read_text(setting, text, place, why);
}

static void print_text(const void *place, struct buf *out)
{
    const char *text = *(char *const *)place;

    buf_add_escaped(out, text, strlen(text));
}

static void release_text(void *place)
{
    char **held = place;

    free(*held);
    *held = NULL;
}

const struct setting_type setting_text = {read_text, print_text, release_text};
const struct setting_type setting_path = {read_path, print_text, release_text};
const struct setting_type setting_database = {read_database, print_database, release_text};
const struct setting_type setting_optional_database = {
    read_optional_database, print_database, release_text};
const struct setting_type setting_url_path = {read_url_path, print_text, release_text};
const struct setting_type setting_choice = {read_choice, print_text, release_text};

/* ---- flags ---- */

static int read_flag(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {
        {"yes", true},
        {"no", false},
        {"true", true},
        {"false", false},
        {"on", true},
        {"off", false},
        {"1", true},
        {"0", false},
    };

    (void)setting;
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcmp(words[i].word, text) == 0) {
            *(bool *)place = words[i].value;
            return 0;
        }
    }
    return reason_set(why, "\"%s\" is neither yes nor no", text);
}

static void print_flag(const void *place, struct buf *out)
{
    buf_add_text(out, *(const bool *)place ? "yes" : "no");
}

const struct setting_type setting_flag = {read_flag, print_flag, NULL};

/* ---- numbers: digits and a unit ---- */

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit plain_units[] = {{"", 1}};
static const struct unit size_units[] = {{"", 1}, {"K", 1024}, {"M", 1048576}};
static const struct unit time_units[] = {
    {"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};

/* A whole number, not negative. Digits that would take it beyond any setting's bounds are ignored.
 */
static bool read_quantity(
    const char *text, const struct unit *units, size_t unit_count, int64_t *quantity)
{
    size_t digits = strspn(text, "0123456789");
    int64_t number = 0;

    for (size_t i = 0; i < digits; i++)
        number = number > INT64_MAX / 100000000 ? number : number * 10 + (text[i] - '0');
    for (size_t i = 0; i < unit_count; i++) {
        if (digits > 0 && strcmp(text + digits, units[i].name) == 0) {
            *quantity = number * units[i].factor;
            return true;
        }
    }
    return false;
}

static int store_quantity(const struct setting *setting, const char *text, bool understood,
    int64_t quantity, void *place, struct reason *why)
{
    struct buf least, most;

    if (understood && quantity >= setting->min && quantity <= setting->max) {
        *(int64_t *)place = quantity;
        return 0;
    }
    buf_init(&least, 64);
    buf_init(&most, 64);
    setting->type->print(&setting->min, &least);
    setting->type->print(&setting->max, &most);
    reason_set(why,
        understood ? "\"%s\" is out of bounds: from %s to %s"
                   : "\"%s\" is not understood: a number from %s to %s is needed",
        text, least.data, most.data);
    buf_release(&least);
    buf_release(&most);
    return -1;
}

static int read_number(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    int64_t quantity = 0;
    bool understood = read_quantity(text, plain_units, COUNT(plain_units), &quantity);

    return store_quantity(setting, text, understood, quantity, place, why);
}

static int read_limit(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    return read_number(setting, *text ? text : "0", place, why);
}

static int read_size(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    int64_t quantity = 0;
    bool understood = read_quantity(text, size_units, COUNT(size_units), &quantity);

    return store_quantity(setting, text, understood, quantity, place, why);
}

static int read_duration(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    int64_t quantity = 0;
    bool understood = read_quantity(text, time_units, COUNT(time_units), &quantity);

    return store_quantity(setting, text, understood, quantity, place, why);
}

static void print_number(const void *place, struct buf *out)
{
    buf_addf(out, "%lld", (long long)*(const int64_t *)place);
}

static void print_limit(const void *place, struct buf *out)
{
    if (*(const int64_t *)place != 0)
        print_number(place, out);
}

static void print_duration(const void *place, struct buf *out)
{
    int64_t ms = *(const int64_t *)place;

    if (ms % 1000 == 0)
        buf_addf(out, "%llds", (long long)(ms / 1000));
    else
        buf_addf(out, "%lldms", (long long)ms);
}

const struct setting_type setting_number = {read_number, print_number, NULL};
const struct setting_type setting_limit = {read_limit, print_limit, NULL};
const struct setting_type setting_size = {read_size, print_number, NULL};
const struct setting_type setting_duration = {read_duration, print_duration, NULL};

/* ---- lists ---- */

static void release_list(void *place)
{
    struct config_list *list = place;

    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct config_list){.count = 0};
}

/* The next item without the blanks around it; false at the end. */
static bool next_item(const char **at, const char **item, size_t *len)
{
    const char *from = *at + strspn(*at, " \t\r\n,");
    size_t octets = strcspn(from, ",");

    *at = from + octets;
    while (octets > 0 && strchr(" \t\r\n", from[octets - 1]))
        octets--;
    *item = from;
    *len = octets;
    return octets > 0;
}

static int read_list(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    struct config_list list = {.items = mem_array(SETTING_LIST_MAX, sizeof(char *))};
    const char *at = text;
    const char *item;
    size_t len;

    (void)setting;
    while (next_item(&at, &item, &len)) {
        if (list.count == SETTING_LIST_MAX) {
            release_list(&list);
            return reason_set(why, "has more than %d items", SETTING_LIST_MAX);
        }
        list.items[list.count++] = mem_strndup(item, len);
    }
    release_list(place);
    *(struct config_list *)place = list;
    return 0;
}

static int read_checked(const struct setting *setting, const char *text, void *place,
    int (*check)(const struct setting *setting, const char *item, struct reason *why),
    struct reason *why)
{
    struct config_list list = {.count = 0};
    int status = read_list(setting, text, &list, why);

    for (size_t i = 0; i < list.count && status == 0; i++)
        status = check(setting, list.items[i], why);
    if (status < 0) {
        release_list(&list);
        return -1;
    }
    release_list(place);
    *(struct config_list *)place = list;
    return 0;
}

static int read_words(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    if (!text[strspn(text, " \t\r\n,")])
        return reason_set(why, "is empty: list at least one of %s", setting->choices);
    return read_checked(setting, text, place, check_choice, why);
}

static int check_origin(const struct setting *setting, const char *origin, struct reason *why)
{
    (void)setting;
    return origin_check_entry(origin, why);
}

static int read_origins(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    return read_checked(setting, text, place, check_origin, why);
}

static bool is_standing_topic(const char *topic)
{
    static const char *const names[] = {
        "user:notifications", "user:conversations", "presence:updates"};
    static const char *const prefixes[] = {"public:", "role:"};

    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(topic, names[i]) == 0)
            return true;
    }
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        size_t len = strlen(prefixes[i]);
        if (strncmp(topic, prefixes[i], len) == 0 && topic[len])
            return true;
    }
    return false;
}

static int check_topic(const struct setting *setting, const char *topic, struct reason *why)
{
    (void)setting;
    if (strlen(topic) > STANDING_TOPIC_MAX)
        return reason_set(
            why, "\"%.40s...\" is longer than a topic may be, %d bytes", topic, STANDING_TOPIC_MAX);
    if (is_standing_topic(topic))
        return 0;
    return reason_set(why,
        "\"%s\" is not a topic for everybody: list user:notifications, user:conversations, "
        "presence:updates, public:<name> or role:<role>",
        topic);
}

static int read_topics(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    return read_checked(setting, text, place, check_topic, why);
}

static void print_list(const void *place, struct buf *out)
{
    const struct config_list *list = place;

    for (size_t i = 0; i < list->count; i++) {
        buf_add_text(out, i == 0 ? "" : ", ");
        buf_add_escaped(out, list->items[i], strlen(list->items[i]));
    }
}

const struct setting_type setting_list = {read_list, print_list, release_list};
const struct setting_type setting_words = {read_words, print_list, release_list};
const struct setting_type setting_origins = {read_origins, print_list, release_list};
const struct setting_type setting_topics = {read_topics, print_list, release_list};

/* ---- of the log ---- */

static int read_log_level(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    (void)setting;
    if (log_level_parse(text, place) < 0)
        return reason_set(why, "\"%s\" is not one of error, warn, info, debug", text);
    return 0;
}

static int read_log_format(
    const struct setting *setting, const char *text, void *place, struct reason *why)
{
    (void)setting;
    if (log_format_parse(text, place) < 0)
        return reason_set(why, "\"%s\" is not one of text, logfmt, json", text);
    return 0;
}

static void print_log_level(const void *place, struct buf *out)
{
    buf_add_text(out, log_level_name(*(const enum log_level *)place));
}

static void print_log_format(const void *place, struct buf *out)
{
    buf_add_text(out, log_format_name(*(const enum log_format *)place));
}

const struct setting_type setting_log_level = {read_log_level, print_log_level, NULL};
const struct setting_type setting_log_format = {read_log_format, print_log_format, NULL};
