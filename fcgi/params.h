/*
 * params: the parameters of a request that somebody knows, out of all of them.
 *
 * FastCGI and CGI both pass "NAME=value" strings: the first from the web
 * server's PARAMS records, the second in the environment. Whoever reads some of
 * them lists these in a table, and gets their values in the table's order:
 *
 *     enum { KEY, KEYS };
 *     static const struct param known[KEYS] = {[KEY] = {"HTTP_IDEMPOTENCY_KEY", true}};
 *     const char *values[KEYS];
 *     if (params_read(known, KEYS, request->parameters, values, &why) < 0) …
 *
 * An empty parameter counts as none, since that is what web servers send for
 * what is not there.
 */
#ifndef BELFRY_FCGI_PARAMS_H
#define BELFRY_FCGI_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"

/* Web server configurations include a file of defaults and then set some of them again: of those
 * the last one counts, as everywhere. Others come from the request itself, and the web server has
 * joined its headers, so a second one is somebody's doing, and is refused. */
struct param {
    const char *name;
    bool once;
};

/* `values` gets a pointer into `parameters`, which ends with NULL, or NULL for each that is absent.
 * Returns 0, or -1 with the reason where one of those known holds control characters or comes twice
 * and must not; the values are then those read so far. */
int params_read(const struct param *known, size_t count, char *const *parameters,
    const char **values, struct reason *why);

/* Whether there are control characters in it other than tabs. */
bool param_has_control(const char *value);

#endif
