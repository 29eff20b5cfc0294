#include "common/path.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define EXAMPLE "write its path, as in /var/lib/belfry/queue/belfry.db"
#define SCHEME_MAX 32

/* The length of "postgresql" in postgresql://…, or 0 if the text does not begin like a URI. A drive
 * letter is not a scheme. */
static size_t scheme_length(const char *text)
{
    size_t len = 0;

    if (!isalpha((unsigned char)*text))
        return 0;
    while (isalnum((unsigned char)text[len]) || (text[len] && strchr("+-.", text[len])))
        len++;
    return len >= 2 && len <= SCHEME_MAX && text[len] == ':' ? len : 0;
}

static bool is_server(const char *scheme, size_t len)
{
    static const char *const servers[] = {
        "postgresql", "postgres", "pgsql", "mysql", "mariadb", "mysqli", "redis", "mongodb"};

    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
        if (strlen(servers[i]) == len && strncasecmp(servers[i], scheme, len) == 0)
            return true;
    return false;
}

/* host=localhost dbname=shop, as libpq takes it; Server=…;Database=…, as other systems do. */
static bool is_connection_string(const char *text)
{
    static const char *const words[] = {"dbname=", "host=", "server=", "database="};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncasecmp(text, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

int path_check(const char *text, struct reason *why)
{
    size_t scheme = scheme_length(text);
    size_t len = strlen(text);

    if (is_server(text, scheme))
        return reason_set(why,
            "%.*s:… is a database server, and an SQLite file is needed here; " EXAMPLE, (int)scheme,
            text);
    if (scheme > 0)
        return reason_set(
            why, "%.*s:… is a URI, and a file is needed; " EXAMPLE, (int)scheme, text);
    if (is_connection_string(text))
        return reason_set(why, "this is how a database server is found, and an SQLite file is "
                               "needed here; " EXAMPLE);
    if (*text == '"' || *text == '\'')
        return reason_set(
            why, "the quotes would be part of the file's name: leave them out; " EXAMPLE);
    if (*text == '~')
        return reason_set(why, "only a shell knows what ~ is; " EXAMPLE);
    if (*text == ':')
        return reason_set(why, "\"%s\" is no file that several programs can share; " EXAMPLE, text);
    if (len > 0 && text[len - 1] == '/')
        return reason_set(why, "\"%s\" is a folder, and a file is needed; " EXAMPLE, text);
    return 0;
}
