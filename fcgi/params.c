#include "fcgi/params.h"

#include <string.h>

bool param_has_control(const char *value)
{
    for (const unsigned char *c = (const unsigned char *)value; *c; c++)
        if ((*c < 0x20 && *c != '\t') || *c == 0x7f)
            return true;
    return false;
}

/* Returns `count` where the name is not known. */
static size_t param_find(const struct param *known, size_t count, const char *name, size_t name_len)
{
    size_t i = 0;

    while (
        i < count && (known[i].name[0] != name[0] || strncmp(known[i].name, name, name_len) != 0 ||
                         known[i].name[name_len] != '\0'))
        i++;
    return i;
}

static int param_take(
    const struct param *param, const char *text, const char **value, struct reason *why)
{
    if (param_has_control(text))
        return reason_set(why, "the parameter %s contains control characters", param->name);
    if (param->once && *value)
        return reason_set(why, "the parameter %s was sent twice", param->name);
    *value = *text ? text : NULL;
    return 0;
}

int params_read(const struct param *known, size_t count, char *const *parameters,
    const char **values, struct reason *why)
{
    memset(values, 0, count * sizeof(*values));
    for (; *parameters; parameters++) {
        const char *equals = strchr(*parameters, '=');
        size_t index = count;

        if (equals)
            index = param_find(known, count, *parameters, (size_t)(equals - *parameters));
        if (index < count && param_take(&known[index], equals + 1, &values[index], why) < 0)
            return -1;
    }
    return 0;
}
