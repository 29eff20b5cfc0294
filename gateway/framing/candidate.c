#include "gateway/framing/candidate.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/memory.h"
#include "common/proxies.h"

/* Has room for a token longer than any that is accepted, so that it is refused as an invalid
 * token. */
#define QUERY_TOKEN_SIZE 8194

bool candidate_refuse(struct candidate *candidate, const struct candidate_refusal *refusal)
{
    candidate->refusal = refusal;
    return false;
}

const char *candidate_field(const struct candidate *candidate, enum http_field field)
{
    return http_request_field(candidate->request, field);
}

const char *candidate_parameter(
    const struct candidate *candidate, const char *name, char *out, size_t size)
{
    return http_request_parameter(candidate->request, name, out, size);
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
    const char *field = candidate_field(candidate, HTTP_FIELD_AUTHORIZATION);

    if (!field || strncasecmp(field, "Bearer ", 7) != 0)
        return;
    field += strspn(field + 6, " ") + 6;
    candidate_set_token(candidate, field, strlen(field));
}

bool candidate_take_query(struct candidate *candidate, const struct candidate_refusal *forbidden)
{
    char token[QUERY_TOKEN_SIZE];
    bool there = candidate_parameter(candidate, "token", token, sizeof(token));

    if (!there)
        return true;
    bool allowed = candidate->peers->settings.allow_query_token;
    if (allowed && !candidate->token)
        candidate_set_token(candidate, token, strlen(token));
    mem_wipe(token, sizeof(token));
    return allowed || candidate_refuse(candidate, forbidden);
}

/* The host to compare with the page's origin. A trusted proxy says which one was asked for; if
 * several proxies did, the first value is the one that the browser used. */
static char *asked_host(const struct candidate *candidate)
{
    const char *forwarded = candidate_field(candidate, HTTP_FIELD_FORWARDED_HOST);
    const struct proxies *proxies = candidate->peers->settings.proxies;

    if (!forwarded ||
        !proxies_trust(proxies, connection_peer(exchange_connection(candidate->exchange))))
        return mem_strdup_or_null(candidate_field(candidate, HTTP_FIELD_HOST));
    size_t len = strcspn(forwarded, ",");
    while (len > 0 && forwarded[len - 1] == ' ')
        len--;
    return mem_strndup(forwarded, len);
}

enum origin_verdict candidate_origin(struct candidate *candidate)
{
    const struct config_list *listed = candidate->peers->settings.allowed_origins;
    const char *origin = candidate_field(candidate, HTTP_FIELD_ORIGIN);
    char *host = asked_host(candidate);
    struct reason why;
    enum origin_verdict verdict = origin_check(listed, origin, host, &why);

    if (verdict == ORIGIN_FOREIGN) {
        candidate->peers->counters.refused_origin++;
        candidate_log(candidate, "connection refused: %s", why.text);
    }
    free(host);
    return verdict;
}
