#include "auth-fcgi/request.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The parameters that are read, in the order of their values in a `params` array. */
enum param {
    PARAM_METHOD,
    PARAM_COOKIE,
    PARAM_ORIGIN,
    PARAM_HOST,
    PARAM_AUTHORIZATION,
    PARAM_PREFLIGHT,
    PARAM_FORWARDED_HOST,
    PARAM_FORWARDED_PROTO,
    PARAM_SERVER_PORT,
    PARAM_HTTPS,
    PARAM_SCHEME,
    PARAM_CONTENT_LENGTH,
    PARAM_AUTH_TYPE,
    PARAM_REMOTE_ADDR,
    PARAM_REMOTE_USER,
    PARAM_USER,
    PARAM_USER_EMAIL,
    PARAM_USER_NAME,
    PARAM_USER_ROLE,
    PARAM_COUNT
};

/* Configurations include a file of defaults and then set some of them again: of those the last one
 * counts, as everywhere. The others come from the request itself, whose headers the web server has
 * joined, so that a second one is somebody's doing. */
static const struct {
    const char *name;
    bool once;
} known[PARAM_COUNT] = {
    [PARAM_METHOD] = {"REQUEST_METHOD", true},
    [PARAM_COOKIE] = {"HTTP_COOKIE", true},
    [PARAM_ORIGIN] = {"HTTP_ORIGIN", true},
    [PARAM_HOST] = {"HTTP_HOST", false},
    [PARAM_AUTHORIZATION] = {"HTTP_AUTHORIZATION", true},
    [PARAM_PREFLIGHT] = {"HTTP_ACCESS_CONTROL_REQUEST_METHOD", true},
    [PARAM_FORWARDED_HOST] = {"HTTP_X_FORWARDED_HOST", false},
    [PARAM_FORWARDED_PROTO] = {"HTTP_X_FORWARDED_PROTO", false},
    [PARAM_SERVER_PORT] = {"SERVER_PORT", false},
    [PARAM_HTTPS] = {"HTTPS", false},
    [PARAM_SCHEME] = {"REQUEST_SCHEME", false},
    [PARAM_CONTENT_LENGTH] = {"CONTENT_LENGTH", true},
    [PARAM_REMOTE_ADDR] = {"REMOTE_ADDR", false},
    [PARAM_REMOTE_USER] = {"REMOTE_USER", false},
    [PARAM_AUTH_TYPE] = {"AUTH_TYPE", false},
    [PARAM_USER] = {"BELFRY_USER", false},
    [PARAM_USER_EMAIL] = {"BELFRY_EMAIL", false},
    [PARAM_USER_NAME] = {"BELFRY_NAME", false},
    [PARAM_USER_ROLE] = {"BELFRY_ROLE", false},
};

static const struct {
    const char *name;
    enum request_method method;
} methods[] = {
    {"GET", METHOD_GET},
    {"HEAD", METHOD_HEAD},
    {"POST", METHOD_POST},
    {"OPTIONS", METHOD_OPTIONS},
};

static bool has_control(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if ((*c < 0x20 && *c != '\t') || *c == 0x7f)
            return true;
    return false;
}

static int param_find(const char *pair, size_t name_len)
{
    for (int i = 0; i < PARAM_COUNT; i++)
        if (strncmp(known[i].name, pair, name_len) == 0 && known[i].name[name_len] == '\0')
            return i;
    return -1;
}

/* An empty parameter is as good as none: that is what web servers send for what is not there. */
static int param_take(const char **params, int index, const char *value, struct reason *why)
{
    if (has_control(value))
        return reason_set(why, "the parameter %s holds control characters", known[index].name);
    if (known[index].once && params[index])
        return reason_set(why, "the parameter %s is there twice", known[index].name);
    params[index] = *value ? value : NULL;
    return 0;
}

static int params_gather(const char **params, char *const *parameters, struct reason *why)
{
    for (; *parameters; parameters++) {
        const char *equals = strchr(*parameters, '=');
        int index = equals ? param_find(*parameters, (size_t)(equals - *parameters)) : -1;

        if (index >= 0 && param_take(params, index, equals + 1, why) < 0)
            return -1;
    }
    return 0;
}

static enum request_method method_parse(const char *name)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (strcmp(methods[i].name, name) == 0)
            return methods[i].method;
    return METHOD_OTHER;
}

/* Returns 0, or the status of the refusal. */
static int content_length_judge(const char *text, long body, struct reason *why)
{
    if (!text)
        return 0;
    size_t digits = strspn(text, "0123456789");
    if (text[digits] != '\0') {
        reason_set(why, "CONTENT_LENGTH is no number");
        return 400;
    }
    if (digits > 9 || strtol(text, NULL, 10) > REQUEST_BODY_MAX) {
        reason_set(why, "a body of %s octets is more than %d", text, REQUEST_BODY_MAX);
        return 413;
    }
    if (body >= 0 && strtol(text, NULL, 10) != body) {
        reason_set(why, "CONTENT_LENGTH says %s octets, but %ld came", text, body);
        return 400;
    }
    return 0;
}

/* What follows a scheme in Authorization (RFC 9110, section 11.4), or NULL where it is another. */
static const char *credentials(const char *authorization, const char *scheme)
{
    size_t len = strlen(scheme);

    if (!authorization || strncasecmp(authorization, scheme, len) != 0)
        return NULL;
    authorization += len;
    authorization += strspn(authorization, " ");
    return *authorization ? authorization : NULL;
}

static bool is_on(const char *https)
{
    return https && (strcasecmp(https, "on") == 0 || strcmp(https, "1") == 0);
}

/* Whether a forwarded scheme says https. Of a list, the first is the browser's own. */
static bool is_https(const char *scheme)
{
    return scheme && strncasecmp(scheme, "https", 5) == 0 &&
           (scheme[5] == '\0' || scheme[5] == ',' || scheme[5] == ' ');
}

static void user_fill(struct request *request, const char **params, bool by_cgi)
{
    bool checked = by_cgi && params[PARAM_AUTH_TYPE];

    request->user = params[PARAM_USER];
    if (!request->user && checked)
        request->user = params[PARAM_REMOTE_USER];
    request->user_ignored = !request->user && params[PARAM_REMOTE_USER];
    request->user_email = params[PARAM_USER_EMAIL];
    request->user_name = params[PARAM_USER_NAME];
    request->user_role = params[PARAM_USER_ROLE];
}

static void request_fill(
    struct request *request, const char **params, const struct proxies *proxies)
{
    bool forwarded = params[PARAM_FORWARDED_HOST] || params[PARAM_FORWARDED_PROTO];
    bool trusted =
        forwarded && params[PARAM_REMOTE_ADDR] && proxies_trust(proxies, params[PARAM_REMOTE_ADDR]);
    const char *forwarded_host = trusted ? params[PARAM_FORWARDED_HOST] : NULL;
    const char *forwarded_proto = trusted ? params[PARAM_FORWARDED_PROTO] : NULL;

    *request = (struct request){
        .method = params[PARAM_METHOD] ? method_parse(params[PARAM_METHOD]) : METHOD_OTHER,
        .https = is_on(params[PARAM_HTTPS]) || is_https(params[PARAM_SCHEME]) ||
                 is_https(forwarded_proto),
        .forwarded_ignored = forwarded && !trusted,
        .cookie = params[PARAM_COOKIE] ? params[PARAM_COOKIE] : "",
        .origin = params[PARAM_ORIGIN],
        .host = forwarded_host ? forwarded_host : params[PARAM_HOST],
        .port = forwarded_host ? NULL : params[PARAM_SERVER_PORT],
        .bearer = credentials(params[PARAM_AUTHORIZATION], "Bearer "),
        .preflight = params[PARAM_PREFLIGHT],
        .remote_address = params[PARAM_REMOTE_ADDR],
    };
}

int request_read(struct request *request, char *const *parameters, long body,
    const struct proxies *proxies, struct reason *why)
{
    const char *params[PARAM_COUNT] = {NULL};
    int gathered = params_gather(params, parameters, why);

    request_fill(request, params, proxies);
    user_fill(request, params, body == REQUEST_BY_CGI);
    if (gathered < 0)
        return 400;
    if (!params[PARAM_METHOD]) {
        reason_set(why, "there is no REQUEST_METHOD: the web server passes no parameters");
        return 400;
    }
    if (strlen(request->cookie) > REQUEST_COOKIE_MAX) {
        reason_set(why, "more than %d octets of cookies", REQUEST_COOKIE_MAX);
        return 431;
    }
    return content_length_judge(params[PARAM_CONTENT_LENGTH], body, why);
}
