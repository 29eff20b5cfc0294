#include "gateway/process/predecessor.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/process/bequest.h"
#include "gateway/process/spawner.h"
#include "gateway/process/succession.h"

int predecessor_find(
    struct predecessor *predecessor, struct inherited *inherited, struct reason *why)
{
    *predecessor = (struct predecessor){.channel = spawner_channel(), .locks = {-1, -1}};
    if (predecessor->channel < 0)
        return 0;
    return bequest_receive(predecessor->channel, inherited, &predecessor->locks, why) < 0 ? -1 : 1;
}

static void on_closed(uv_handle_t *handle)
{
    struct predecessor *predecessor = handle->data;

    close(predecessor->channel);
    predecessor->channel = -1;
}

static void stop_watching(struct predecessor *predecessor)
{
    predecessor->is_watched = false;
    uv_close((uv_handle_t *)&predecessor->poll, on_closed);
}

static void on_word(uv_poll_t *poll, int status, int events)
{
    struct predecessor *predecessor = poll->data;
    char word[32] = "";
    bool yes = status == 0 && recv(predecessor->channel, word, sizeof(word) - 1, 0) > 0 &&
               strcmp(word, SUCCESSION_GO) == 0;

    (void)events;
    stop_watching(predecessor);
    predecessor->released(predecessor->context, yes);
}

void predecessor_ready(struct predecessor *predecessor, uv_loop_t *loop,
    void (*released)(void *context, bool yes), void *context)
{
    char word[32];
    int len = snprintf(word, sizeof(word), SUCCESSION_READY " %ld", (long)getpid());

    predecessor->released = released;
    predecessor->context = context;
    uv_poll_init(loop, &predecessor->poll, predecessor->channel);
    predecessor->poll.data = predecessor;
    predecessor->is_watched = true;
    uv_poll_start(&predecessor->poll, UV_READABLE, on_word);
    (void)!send(predecessor->channel, word, (size_t)len, MSG_NOSIGNAL);
}

static void close_lock(int *lock)
{
    if (*lock >= 0)
        close(*lock);
    *lock = -1;
}

void predecessor_close_locks(struct predecessor *predecessor)
{
    close_lock(&predecessor->locks.name);
    close_lock(&predecessor->locks.file);
}

void predecessor_stop(struct predecessor *predecessor)
{
    predecessor_close_locks(predecessor);
    if (predecessor->is_watched) {
        stop_watching(predecessor);
    } else if (predecessor->channel >= 0 && !predecessor->released) {
        close(predecessor->channel);
        predecessor->channel = -1;
    }
}
