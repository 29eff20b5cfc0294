#include "common/session_marks.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define NAME_MAX_OCTETS 64
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
    const char *word;
    enum session_mark mark;
} words[] = {
    {"banned", SESSION_MARK_OVER},
    {"blocked", SESSION_MARK_OVER},
    {"deactivated", SESSION_MARK_OVER},
    {"deleted", SESSION_MARK_OVER},
    {"disabled", SESSION_MARK_OVER},
    {"ended", SESSION_MARK_OVER},
    {"invalidated", SESSION_MARK_OVER},
    {"loggedout", SESSION_MARK_OVER},
    {"revoked", SESSION_MARK_OVER},
    {"signedout", SESSION_MARK_OVER},
    {"suspended", SESSION_MARK_OVER},
    {"terminated", SESSION_MARK_OVER},
    {"active", SESSION_MARK_GOOD},
    {"enabled", SESSION_MARK_GOOD},
    {"valid", SESSION_MARK_GOOD},
};

/* The name without "_", in small letters. Returns false where it is longer than any that counts. */
static bool fold(const char *column, char name[NAME_MAX_OCTETS])
{
    size_t len = 0;

    for (; *column; column++) {
        if (*column == '_')
            continue;
        if (len == NAME_MAX_OCTETS - 1)
            return false;
        name[len++] = (char)tolower((unsigned char)*column);
    }
    name[len] = '\0';
    return true;
}

/* "revoked", "isrevoked", "revokedat", "revokedon". */
static bool is_form(const char *name, const char *word)
{
    size_t len = strlen(word);

    if (strncmp(name, "is", 2) == 0 && strcmp(name + 2, word) == 0)
        return true;
    if (strncmp(name, word, len) != 0)
        return false;
    return !name[len] || strcmp(name + len, "at") == 0 || strcmp(name + len, "on") == 0;
}

enum session_mark session_mark_of(const char *column)
{
    char name[NAME_MAX_OCTETS];

    if (!fold(column, name))
        return SESSION_MARK_NONE;
    for (size_t i = 0; i < COUNT(words); i++)
        if (is_form(name, words[i].word))
            return words[i].mark;
    return SESSION_MARK_NONE;
}

void session_mark_compose(enum session_mark mark, const char *expression, struct buf *sql)
{
    static const char no[] = "('0', '0.0', 'false', 'f', 'no', 'n', 'off'";

    buf_addf(sql, "coalesce(lower(trim(CAST(%s AS TEXT))), '') ", expression);
    if (mark == SESSION_MARK_OVER)
        buf_addf(sql, "NOT IN %s, '', '[]', '0000-00-00 00:00:00')", no);
    else
        buf_addf(sql, "IN %s)", no);
}
