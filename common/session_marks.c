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
    {"archived", SESSION_MARK_OVER},
    {"banned", SESSION_MARK_OVER},
    {"blocked", SESSION_MARK_OVER},
    {"closed", SESSION_MARK_OVER},
    {"deactivated", SESSION_MARK_OVER},
    {"deleted", SESSION_MARK_OVER},
    {"destroyed", SESSION_MARK_OVER},
    {"disabled", SESSION_MARK_OVER},
    {"ended", SESSION_MARK_OVER},
    {"inactive", SESSION_MARK_OVER},
    {"invalidated", SESSION_MARK_OVER},
    {"locked", SESSION_MARK_OVER},
    {"loggedoff", SESSION_MARK_OVER},
    {"loggedout", SESSION_MARK_OVER},
    {"logout", SESSION_MARK_OVER},
    {"removed", SESSION_MARK_OVER},
    {"revoked", SESSION_MARK_OVER},
    {"signedout", SESSION_MARK_OVER},
    {"signout", SESSION_MARK_OVER},
    {"softdeleted", SESSION_MARK_OVER},
    {"suspended", SESSION_MARK_OVER},
    {"terminated", SESSION_MARK_OVER},
    {"active", SESSION_MARK_GOOD},
    {"enabled", SESSION_MARK_GOOD},
    {"valid", SESSION_MARK_GOOD},
};

/* Names of a column that holds one of the words. */
static const char *const statuses[] = {"status", "state", "accountstatus", "accountstate",
    "sessionstatus", "sessionstate", "userstatus", "userstate"};

static const char *const before[] = {"", "is", "was", "hasbeen"};
static const char *const after[] = {"", "at", "on", "date", "time"};

/* The name in lower case without "_". Returns false if it is longer than any name that matters. */
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

/* "revoked", "isrevoked", "revokedat", "revokeddate". */
static bool is_form(const char *name, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i < COUNT(before); i++) {
        size_t skip = strlen(before[i]);
        if (strncmp(name, before[i], skip) != 0 || strncmp(name + skip, word, len) != 0)
            continue;
        for (size_t k = 0; k < COUNT(after); k++)
            if (strcmp(name + skip + len, after[k]) == 0)
                return true;
    }
    return false;
}

enum session_mark session_mark_of(const char *column)
{
    char name[NAME_MAX_OCTETS];

    if (!fold(column, name))
        return SESSION_MARK_NONE;
    for (size_t i = 0; i < COUNT(words); i++)
        if (is_form(name, words[i].word))
            return words[i].mark;
    for (size_t i = 0; i < COUNT(statuses); i++)
        if (strcmp(name, statuses[i]) == 0)
            return SESSION_MARK_STATUS;
    return SESSION_MARK_NONE;
}

/* Whether it holds one of the words, ignoring "_", "-" and blanks. */
static void compose_status(const char *expression, struct buf *sql)
{
    const char *comma = "";

    buf_addf(sql,
        "replace(replace(replace(coalesce(lower(CAST(%s AS TEXT)), ''), '_', ''), '-', ''), ' ', "
        "'') IN (",
        expression);
    for (size_t i = 0; i < COUNT(words); i++) {
        if (words[i].mark != SESSION_MARK_OVER)
            continue;
        buf_addf(sql, "%s'%s'", comma, words[i].word);
        comma = ", ";
    }
    buf_add_text(sql, ")");
}

void session_mark_compose(enum session_mark mark, const char *expression, struct buf *sql)
{
    static const char no[] = "('0', '0.0', 'false', 'f', 'no', 'n', 'off'";

    if (mark == SESSION_MARK_STATUS) {
        compose_status(expression, sql);
        return;
    }
    buf_addf(sql, "coalesce(lower(trim(CAST(%s AS TEXT))), '') ", expression);
    if (mark == SESSION_MARK_OVER)
        buf_addf(sql, "NOT IN %s, '', '[]', '{}', '0000-00-00 00:00:00')", no);
    else
        buf_addf(sql, "IN %s)", no);
}
