#include "auth-fcgi/credentials.h"

#include <string.h>

#include "fcgi/cgi_request.h"
#include "fcgi/params.h"

enum { AUTH_TYPE, REMOTE_USER, USER, USER_EMAIL, USER_NAME, USER_ROLE, KNOWN };

static const struct param known[KNOWN] = {
    [AUTH_TYPE] = {"AUTH_TYPE", false},
    [REMOTE_USER] = {"REMOTE_USER", false},
    [USER] = {"BELFRY_USER", false},
    [USER_EMAIL] = {"BELFRY_EMAIL", false},
    [USER_NAME] = {"BELFRY_NAME", false},
    [USER_ROLE] = {"BELFRY_ROLE", false},
};

int credentials_read(
    struct credentials *credentials, const struct cgi_request *request, struct reason *why)
{
    const char *values[KNOWN];

    if (params_read(known, KNOWN, request->input->parameters, values, why) < 0)
        return -1;
    *credentials = (struct credentials){
        .cookie = request->cookie,
        .https = request->https,
        .bearer = request->bearer,
        .user = values[USER],
        .user_email = values[USER_EMAIL],
        .user_name = values[USER_NAME],
        .user_role = values[USER_ROLE],
    };
    if (!credentials->user && request->input->by_cgi && values[AUTH_TYPE])
        credentials->user = values[REMOTE_USER];
    credentials->user_ignored = !credentials->user && values[REMOTE_USER];
    return 0;
}

int credentials_of_cookie(
    struct credentials *credentials, const char *header, bool https, struct reason *why)
{
    *credentials = (struct credentials){.cookie = header, .https = https};
    if (param_has_control(header))
        return reason_set(why, "the Cookie header contains control characters");
    if (strlen(header) > CGI_COOKIE_MAX)
        return reason_set(why, "the Cookie header is longer than %d bytes", CGI_COOKIE_MAX);
    return 0;
}
