#include "gateway/store/cell.h"

#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/text.h"

/* 1 if there is text to check, 0 for an allowed NULL, -1 with the reason. */
static int cell_check_length(
    const struct cell *cell, const struct cell_rule *rule, struct reason *why)
{
    if (cell->kind == CELL_NULL && rule->may_be_null)
        return 0;
    if (cell->kind != CELL_TEXT)
        return reason_set(why, "%s is not text", rule->name);
    if (cell->len < rule->least || cell->len > rule->most)
        return reason_set(why, "%s is %zu bytes long, not %zu to %zu", rule->name, cell->len,
            rule->least, rule->most);
    return 1;
}

int cell_check_text(const struct cell *cell, const struct cell_rule *rule, struct reason *why)
{
    int has_text = cell_check_length(cell, rule, why);

    if (has_text <= 0)
        return has_text;
    if (!text_is_utf8(cell->text, cell->len))
        return reason_set(why, "%s is not UTF-8", rule->name);
    if (memchr(cell->text, '\0', cell->len))
        return reason_set(why, "%s contains a NUL byte", rule->name);
    return 0;
}

int cell_check_json(
    const struct cell *cell, const struct cell_rule *rule, bool object, struct reason *why)
{
    int has_text = cell_check_length(cell, rule, why);

    if (has_text <= 0)
        return has_text;
    if (json_check(cell->text, cell->len, object, why) < 0)
        return reason_prefix(why, "%s cannot be sent: ", rule->name);
    return 0;
}

int cell_time(const struct cell *cell, const char *name, int64_t *ms, struct reason *why)
{
    if (cell->kind == CELL_NULL)
        return 0;
    if (cell->kind != CELL_TEXT || strlen(cell->text) != cell->len ||
        clock_parse_iso(cell->text, ms) < 0)
        return reason_set(why, "%s does not look like 2026-11-22T19:19:00.123Z", name);
    return 1;
}

void cell_add_json(struct buf *json, const struct cell *cell)
{
    size_t from = json->len;

    buf_add(json, cell->text, cell->len);
    json_mend(json->data + from, json->len - from);
}

void cell_add_key(struct buf *json, const char *key)
{
    buf_add(json, ",\"", 2);
    buf_add_text(json, key);
    buf_add(json, "\":", 2);
}

void cell_add_member(struct buf *json, const char *key, const struct cell *cell)
{
    cell_add_key(json, key);
    buf_add_json_string(json, cell->text, cell->len);
}
