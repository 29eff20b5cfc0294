#include "gateway/realtime/fanout.h"

#include <stdlib.h>

#include <utlist.h>

#include "common/memory.h"

#define SLICE 256
#define WAITING_MAX 1000000

/* Clients are referenced while they wait: one that has gone is passed by. */
struct job {
    struct job *prev, *next;
    struct event *event;
    struct audience audience;
    size_t sent;
};

struct fanout {
    uv_idle_t idle;
    struct job *jobs;
    size_t waiting;
};

void audience_add(struct audience *audience, struct client *client)
{
    if (audience->count == audience->size) {
        audience->size = audience->size ? audience->size * 2 : 8;
        audience->clients =
            mem_resize(audience->clients, audience->size * sizeof(*audience->clients));
    }
    audience->clients[audience->count++] = client_ref(client);
}

static void audience_release(struct audience *audience)
{
    for (size_t i = 0; i < audience->count; i++)
        client_unref(audience->clients[i]);
    free(audience->clients);
}

static void send_some(struct job *job, size_t most)
{
    for (; most > 0 && job->sent < job->audience.count; most--)
        client_tell(job->audience.clients[job->sent++], job->event, CLIENT_NEEDED);
}

static void job_free(struct fanout *fanout, struct job *job)
{
    DL_DELETE(fanout->jobs, job);
    fanout->waiting -= job->audience.count;
    audience_release(&job->audience);
    event_unref(job->event);
    free(job);
}

static void on_idle(uv_idle_t *idle)
{
    struct fanout *fanout = idle->data;
    struct job *job = fanout->jobs;

    if (job) {
        send_some(job, SLICE);
        if (job->sent == job->audience.count)
            job_free(fanout, job);
    }
    if (!fanout->jobs)
        uv_idle_stop(idle);
}

void fanout_send(struct fanout *fanout, struct audience *audience, struct event *event)
{
    bool at_once = (!fanout->jobs && audience->count <= SLICE) ||
                   fanout->waiting + audience->count > WAITING_MAX;
    struct job *job = mem_zalloc(sizeof(*job));

    job->event = event_ref(event);
    job->audience = *audience;
    DL_APPEND(fanout->jobs, job);
    fanout->waiting += audience->count;
    if (at_once) {
        send_some(job, audience->count);
        job_free(fanout, job);
    } else {
        uv_idle_start(&fanout->idle, on_idle);
    }
}

size_t fanout_waiting(const struct fanout *fanout)
{
    return fanout->waiting;
}

struct fanout *fanout_new(uv_loop_t *loop)
{
    struct fanout *fanout = mem_zalloc(sizeof(*fanout));

    uv_idle_init(loop, &fanout->idle);
    fanout->idle.data = fanout;
    return fanout;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void fanout_free(struct fanout *fanout)
{
    while (fanout->jobs)
        job_free(fanout, fanout->jobs);
    uv_close((uv_handle_t *)&fanout->idle, on_closed);
}
