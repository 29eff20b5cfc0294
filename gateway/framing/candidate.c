/* What framings need to look at an upgrade request: declared in framing.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/memory.h"
#include "gateway/framing/framing.h"
#include "gateway/net/http_request.h"

/* A token longer than any that is taken: it will be refused as one, not as a request. */
#define QUERY_TOKEN_SIZE 8194

bool candidate_refuse(struct candidate *candidate, const struct refusal *refusal)
{
    candidate->refusal = refusal;
    return false;
}

static void wipe_token(struct candidate *candidate)
{
    if (candidate->token)
        mem_wipe(candidate->token, strlen(candidate->token));
    free(candidate->token);
    candidate->token = NULL;
}

void candidate_set_token(struct candidate *candidate, const char *token, size_t len)
{
    wipe_token(candidate);
    if (token && len > 0)
        candidate->token = mem_strndup(token, len);
}

void candidate_take_bearer(struct candidate *candidate)
{
    const char *field = http_request_field(candidate->request, HTTP_FIELD_AUTHORIZATION);

    if (!field || strncasecmp(field, "Bearer ", 7) != 0)
        return;
    field += strspn(field + 6, " ") + 6;
    candidate_set_token(candidate, field, strlen(field));
}

bool candidate_take_query(struct candidate *candidate, const struct refusal *forbidden)
{
    char token[QUERY_TOKEN_SIZE];
    bool there = http_request_parameter(candidate->request, "token", token, sizeof(token));

    if (!there)
        return true;
    bool allowed = candidate->framings->settings.allow_query_token;
    if (allowed && !candidate->token)
        candidate_set_token(candidate, token, strlen(token));
    mem_wipe(token, sizeof(token));
    return allowed || candidate_refuse(candidate, forbidden);
}
