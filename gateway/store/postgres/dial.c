#include "gateway/store/postgres/dial.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "common/postgres.h"

struct dial {
    pthread_t thread;
    const char *url, *sql;
    int timeout_ms;
    atomic_bool is_done; /* from then on, the rest is the caller's */
    PGconn *conn;
    struct reason why;
};

static void *dial_run(void *argument)
{
    struct dial *dial = argument;

    dial->conn = postgres_connect_reader(dial->url, "belfry-gateway", dial->timeout_ms, &dial->why);
    if (dial->conn && dial->sql)
        free(postgres_value(dial->conn, dial->sql, 0, NULL, &dial->why));
    if (dial->conn && PQstatus(dial->conn) != CONNECTION_OK) {
        postgres_close(dial->conn);
        dial->conn = NULL;
    }
    atomic_store(&dial->is_done, true);
    return NULL;
}

struct dial *dial_new(const char *url, const char *sql, int timeout_ms)
{
    struct dial *dial = mem_zalloc(sizeof(*dial));
    int error;

    *dial = (struct dial){.url = url, .sql = sql, .timeout_ms = timeout_ms};
    error = pthread_create(&dial->thread, NULL, dial_run, dial);
    if (error == 0)
        return dial;
    reason_set(&dial->why, "starting a thread to connect: %s", strerror(error));
    dial->url = NULL;
    atomic_store(&dial->is_done, true);
    return dial;
}

void dial_free(struct dial *dial)
{
    if (!dial)
        return;
    if (dial->url)
        pthread_join(dial->thread, NULL);
    postgres_close(dial->conn);
    free(dial);
}

int dial_take(struct dial *dial, PGconn **conn, struct reason *why)
{
    if (!atomic_load(&dial->is_done))
        return 0;
    *conn = dial->conn;
    dial->conn = NULL;
    if (*conn)
        return 1;
    *why = dial->why;
    return -1;
}
