#include "common/database_url.h"

#include <string.h>

#include "build-config.h"
#include "common/buf.h"
#include "common/memory.h"
#ifdef WITH_POSTGRESQL
#include "common/postgres.h"
#endif

#define SHOWN_MAX 4096
#define HIDDEN "***"

static const char *const schemes[] = {"postgresql://", "postgres://"};

/* The length of the scheme, or 0. */
static size_t scheme_length(const char *database)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncmp(database, schemes[i], strlen(schemes[i])) == 0)
            return strlen(schemes[i]);
    return 0;
}

bool database_url_is(const char *database)
{
    return scheme_length(database) > 0;
}

/* The length of "user:password" as libpq reads it, up to the first @ that no / precedes; 0 where
 * there is none. */
static size_t userinfo_length(const char *text)
{
    size_t len = strcspn(text, "/@");

    return text[len] == '@' ? len : 0;
}

/* The same as somebody may have meant it who has not encoded the @, / or ? of a password. */
static size_t userinfo_meant(const char *text)
{
    size_t len = userinfo_length(text);
    size_t end = len + strcspn(text + len, "?");

    for (size_t i = len; i < end; i++)
        if (text[i] == '@')
            len = i;
    return len;
}

int database_url_check(const char *url, struct reason *why)
{
#ifdef WITH_POSTGRESQL
    const char *text = url + scheme_length(url);

    /* libpq would take a part of the password for the host, and say so in its messages. */
    if (userinfo_meant(text) != userinfo_length(text))
        return reason_set(why, "before the host of a URL there is one @: in a name or password "
                               "write %%40 for @, and %%2F for /");
    return postgres_check_url(url, why);
#else
    (void)url;
    return reason_set(why,
        "this Belfry was built without PostgreSQL: install libpq-dev and build it by "
        "./configure --with-postgresql, or write the path of a SQLite file");
#endif
}

/* user:password@ */
static size_t show_userinfo(const char *text, struct buf *shown)
{
    size_t len = userinfo_meant(text);
    size_t user = strcspn(text, ":?@");

    if (len == 0)
        return 0;
    buf_add(shown, text, user);
    if (user < len)
        buf_add_text(shown, ":" HIDDEN);
    return len;
}

/* ?password=…& */
static void show_parameters(const char *text, struct buf *shown)
{
    while (*text) {
        size_t name = strcspn(text, "=&");
        size_t len = strcspn(text, "&");

        if (memmem(text, name, "password", strlen("password")) && name < len) {
            buf_add(shown, text, name);
            buf_add_text(shown, "=" HIDDEN);
        } else {
            buf_add(shown, text, len);
        }
        text += len;
        if (*text)
            buf_add_char(shown, *text++);
    }
}

char *database_url_shown(const char *database)
{
    size_t scheme = scheme_length(database);
    const char *text = database + scheme;
    struct buf shown;
    char *copy;

    if (scheme == 0)
        return mem_strdup(database);
    buf_init(&shown, SHOWN_MAX);
    buf_add(&shown, database, scheme);
    text += show_userinfo(text, &shown);
    buf_add(&shown, text, strcspn(text, "?"));
    show_parameters(text + strcspn(text, "?"), &shown);
    copy = mem_strdup(shown.data);
    buf_release(&shown);
    return copy;
}
