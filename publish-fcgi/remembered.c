#include "publish-fcgi/remembered.h"

#include <stdio.h>
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

static void bind_request(
    sqlite3_stmt *statement, const struct publish_key *key, const struct publish_request *request)
{
    database_bind(statement, 1, key->hash);
    database_bind(statement, 2, request->path);
    database_bind(statement, 3, request->idempotency);
}

static enum remembered answer_read(
    sqlite3_stmt *statement, const char *hash, struct publish_reply *reply)
{
    const char *body_hash = database_text(statement, 0);
    const char *answer = database_text(statement, 2);

    if (!body_hash || strcmp(body_hash, hash) != 0)
        return REMEMBERED_OTHER;
    reply->status = sqlite3_column_int(statement, 1);
    buf_clear(&reply->body);
    buf_add_text(&reply->body, answer ? answer : "");
    return REMEMBERED_SAME;
}

enum remembered remembered_find(struct publish_queue *queue, const struct publish_key *key,
    const struct publish_request *request, const char *hash, int64_t now_ms,
    struct publish_reply *reply, struct reason *why)
{
    sqlite3_stmt *statement = queue->statements[PUBLISH_FIND_REQUEST];
    enum remembered result = REMEMBERED_NOT;
    char since[CLOCK_ISO_SIZE];

    bind_request(statement, key, request);
    database_bind(statement, 4, clock_iso(now_ms - REMEMBERED_MS, since));
    int step = sqlite3_step(statement);
    if (step == SQLITE_ROW)
        result = answer_read(statement, hash, reply);
    else if (step != SQLITE_DONE)
        result = REMEMBERED_FAILED;
    if (result == REMEMBERED_FAILED)
        publish_queue_fault(queue, why);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result;
}

int remembered_add(struct publish_queue *queue, const struct publish_key *key,
    const struct publish_request *request, const char *hash, int64_t now_ms,
    const struct publish_reply *reply, struct reason *why)
{
    sqlite3_stmt *add = queue->statements[PUBLISH_ADD_REQUEST];
    char now[CLOCK_ISO_SIZE], since[CLOCK_ISO_SIZE];

    database_bind(
        queue->statements[PUBLISH_PRUNE_REQUESTS], 1, clock_iso(now_ms - REMEMBERED_MS, since));
    if (publish_queue_run(queue, PUBLISH_PRUNE_REQUESTS, why) < 0)
        return -1;
    bind_request(add, key, request);
    database_bind(add, 4, hash);
    sqlite3_bind_int(add, 5, reply->status);
    database_bind(add, 6, reply->body.data);
    database_bind(add, 7, clock_iso(now_ms, now));
    return publish_queue_run(queue, PUBLISH_ADD_REQUEST, why);
}
