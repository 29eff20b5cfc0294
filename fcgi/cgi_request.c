#include "fcgi/cgi_request.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fcgi/params.h"

enum {
    METHOD,
    COOKIE,
    ORIGIN,
    HOST,
    AUTHORIZATION,
    FORWARDED_HOST,
    FORWARDED_PROTO,
    SERVER_PORT,
    HTTPS,
    SCHEME,
    CONTENT_LENGTH,
    REMOTE_ADDR,
    KNOWN
};

static const struct param known[KNOWN] = {
    [METHOD] = {"REQUEST_METHOD", true},
    [COOKIE] = {"HTTP_COOKIE", true},
    [ORIGIN] = {"HTTP_ORIGIN", true},
    [HOST] = {"HTTP_HOST", false},
    [AUTHORIZATION] = {"HTTP_AUTHORIZATION", true},
    [FORWARDED_HOST] = {"HTTP_X_FORWARDED_HOST", false},
    [FORWARDED_PROTO] = {"HTTP_X_FORWARDED_PROTO", false},
    [SERVER_PORT] = {"SERVER_PORT", false},
    [HTTPS] = {"HTTPS", false},
    [SCHEME] = {"REQUEST_SCHEME", false},
    [CONTENT_LENGTH] = {"CONTENT_LENGTH", true},
    [REMOTE_ADDR] = {"REMOTE_ADDR", false},
};

static const char *const methods[CGI_OTHER_METHOD] = {
    [CGI_GET] = "GET",
    [CGI_HEAD] = "HEAD",
    [CGI_POST] = "POST",
    [CGI_PUT] = "PUT",
    [CGI_PATCH] = "PATCH",
    [CGI_DELETE] = "DELETE",
    [CGI_OPTIONS] = "OPTIONS",
};

/* Methods are case-sensitive (RFC 9110, section 9.1). */
static enum cgi_method method_parse(const char *name)
{
    int method = 0;

    while (method < CGI_OTHER_METHOD && (!name || strcmp(methods[method], name) != 0))
        method++;
    return (enum cgi_method)method;
}

/* Returns 0, or the status of the refusal. */
static int content_length_check(const char *text, const struct cgi_input *input, struct reason *why)
{
    if (!text)
        return 0;
    if (text[strspn(text, "0123456789")] != '\0') {
        reason_set(why, "CONTENT_LENGTH is not a number");
        return 400;
    }
    int64_t announced = strlen(text) > 9 ? INT64_MAX : strtol(text, NULL, 10);
    if (announced > (int64_t)input->body_max) {
        reason_set(why, "a body of %s bytes is longer than the %zu bytes that are accepted", text,
            input->body_max);
        return 413;
    }
    if (input->body_len != CGI_BODY_UNREAD && announced != input->body_len) {
        reason_set(
            why, "CONTENT_LENGTH announces %s bytes, but %" PRId64 " came", text, input->body_len);
        return 400;
    }
    return 0;
}

/* What follows a scheme in Authorization (RFC 9110, section 11.4), or NULL where it is another. */
static const char *credentials_of(const char *authorization, const char *scheme)
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

/* Of a list of schemes, one from each proxy, the first is the browser's. */
static bool is_https(const char *scheme)
{
    return scheme && strncasecmp(scheme, "https", 5) == 0 &&
           (scheme[5] == '\0' || scheme[5] == ',' || scheme[5] == ' ');
}

static void request_fill(
    struct cgi_request *request, const char **values, const struct proxies *proxies)
{
    bool forwarded = values[FORWARDED_HOST] || values[FORWARDED_PROTO];
    bool trusted = forwarded && values[REMOTE_ADDR] && proxies_trust(proxies, values[REMOTE_ADDR]);
    const char *forwarded_host = trusted ? values[FORWARDED_HOST] : NULL;
    const char *forwarded_proto = trusted ? values[FORWARDED_PROTO] : NULL;

    request->method = method_parse(values[METHOD]);
    request->https = is_on(values[HTTPS]) || is_https(values[SCHEME]) || is_https(forwarded_proto);
    request->forwarded_ignored = forwarded && !trusted;
    request->cookie = values[COOKIE] ? values[COOKIE] : "";
    request->origin = values[ORIGIN];
    request->host = forwarded_host ? forwarded_host : values[HOST];
    request->port = forwarded_host ? NULL : values[SERVER_PORT];
    request->bearer = credentials_of(values[AUTHORIZATION], "Bearer ");
    request->remote_address = values[REMOTE_ADDR];
}

int cgi_request_read(struct cgi_request *request, const struct cgi_input *input,
    const struct proxies *proxies, struct reason *why)
{
    const char *values[KNOWN];
    int read = params_read(known, KNOWN, input->parameters, values, why);

    *request = (struct cgi_request){.input = input};
    request_fill(request, values, proxies);
    if (read < 0)
        return 400;
    if (!values[METHOD]) {
        reason_set(why, "there is no REQUEST_METHOD: the web server passes no parameters. Include "
                        "its file of FastCGI parameters (nginx: include fastcgi_params)");
        return 400;
    }
    if (strlen(request->cookie) > CGI_COOKIE_MAX) {
        reason_set(why, "the cookies are longer than %d bytes", CGI_COOKIE_MAX);
        return 431;
    }
    return content_length_check(values[CONTENT_LENGTH], input, why);
}
