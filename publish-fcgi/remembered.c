#include "publish-fcgi/remembered.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

void remembered_hash(const struct publish_request *request, char hash[REMEMBERED_HASH_SIZE])
{
    unsigned char octets[EVP_MAX_MD_SIZE] = {0};
    const char method = (char)('0' + request->cgi->method);

    EVP_MD_CTX *context = EVP_MD_CTX_new();

    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    EVP_DigestUpdate(context, &method, 1);
    EVP_DigestUpdate(context, request->query, strlen(request->query) + 1);
    EVP_DigestUpdate(context, request->body, request->body_len);
    EVP_DigestFinal_ex(context, octets, NULL);
    EVP_MD_CTX_free(context);
    for (size_t i = 0; i < REMEMBERED_HASH_SIZE / 2; i++)
        snprintf(hash + 2 * i, 3, "%02x", octets[i]);
}

int remembered_lock(struct publish_queue *queue, const struct publish_key *key,
    const struct publish_request *request, struct reason *why)
{
    int result = PUBLISH_ASK(
        queue, PUBLISH_LOCK_REQUEST, why, key->hash, request->path, request->idempotency);

    return result < 0 ? -1 : 0;
}

/* The columns: body's hash, status, answer. */
static enum remembered answer_read(
    const char *const *columns, const char *hash, struct publish_reply *reply)
{
    if (!columns[0] || strcmp(columns[0], hash) != 0)
        return REMEMBERED_OTHER;
    reply->status = columns[1] ? atoi(columns[1]) : 0;
    buf_clear(&reply->body);
    buf_add_text(&reply->body, columns[2] ? columns[2] : "");
    return REMEMBERED_SAME;
}

enum remembered remembered_find(struct publish_queue *queue, const struct publish_key *key,
    const struct publish_request *request, const char *hash, int64_t now_ms,
    struct publish_reply *reply, struct reason *why)
{
    char since[CLOCK_ISO_SIZE];
    int found = PUBLISH_ASK(queue, PUBLISH_FIND_REQUEST, why, key->hash, request->path,
        request->idempotency, clock_iso(now_ms - REMEMBERED_MS, since));

    if (found < 0)
        return REMEMBERED_FAILED;
    return found > 0 ? answer_read(queue->row, hash, reply) : REMEMBERED_NOT;
}

int remembered_add(struct publish_queue *queue, const struct publish_key *key,
    const struct publish_request *request, const char *hash, int64_t now_ms,
    const struct publish_reply *reply, struct reason *why)
{
    char now[CLOCK_ISO_SIZE], since[CLOCK_ISO_SIZE], status[16];

    snprintf(status, sizeof(status), "%d", reply->status);
    if (PUBLISH_ASK(queue, PUBLISH_PRUNE_REQUESTS, why, clock_iso(now_ms - REMEMBERED_MS, since)) <
        0)
        return -1;
    return PUBLISH_ASK(queue, PUBLISH_ADD_REQUEST, why, key->hash, request->path,
               request->idempotency, hash, status, reply->body.data, clock_iso(now_ms, now)) < 0
               ? -1
               : 0;
}
