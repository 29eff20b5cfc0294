#include "gateway/process/succession.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/container_of.h"
#include "gateway/process/bequest.h"
#include "gateway/store/store_hand_over.h"

static void on_closed(uv_handle_t *handle)
{
    struct succession *succession = handle->data;

    close(succession->channel);
    succession->channel = -1;
}

static void stop_watching(struct succession *succession)
{
    wheel_stop(&succession->patience);
    uv_close((uv_handle_t *)&succession->poll, on_closed);
}

static void succession_fail(struct succession *succession, const char *what)
{
    log_error(succession->log, "not upgraded, this process goes on as before: %s", what);
    succession->state = SUCCESSION_IDLE;
    store_stay_alone(succession->store);
}

static void on_late(struct wheel_entry *entry)
{
    struct succession *succession = container_of(entry, struct succession, patience);
    struct reason why;

    reason_set(&why, "the new process was not ready within %d s", SUCCESSION_MS / 1000);
    stop_watching(succession);
    succession_fail(succession, why.text);
}

/* systemd must hear of the new main process before that says anything. This one listens until the
 * new one is known to have lived until then. */
static void hand_over(struct succession *succession, long pid)
{
    stop_watching(succession);
    succession->name_main(succession->context, pid);
    if (send(succession->channel, SUCCESSION_GO, strlen(SUCCESSION_GO), MSG_NOSIGNAL) < 0) {
        succession->name_main(succession->context, getpid());
        succession_fail(succession, "the new process ended as soon as it was ready");
        return;
    }
    succession->state = SUCCESSION_OVER;
    succession->handed_over(succession->context, pid);
}

/* A process that ended before it had read what it was sent resets the channel. Its last word comes
 * after that error. */
static ssize_t receive_word(int channel, char *word, size_t size)
{
    ssize_t len = recv(channel, word, size, 0);

    if (len < 0 && errno == ECONNRESET)
        len = recv(channel, word, size, 0);
    return len;
}

/* The status is not looked at: it is an error where the channel was reset. */
static void on_word(uv_poll_t *poll, int status, int events)
{
    struct succession *succession = poll->data;
    char word[128] = "";
    ssize_t len = receive_word(succession->channel, word, sizeof(word) - 1);
    struct reason why;

    (void)status;
    (void)events;
    if (len > 0 && strncmp(word, SUCCESSION_READY " ", strlen(SUCCESSION_READY " ")) == 0) {
        hand_over(succession, strtol(word + strlen(SUCCESSION_READY " "), NULL, 10));
        return;
    }
    if (len > 0)
        reason_set(&why, "the program cannot be started: %s", word[0] == '!' ? word + 2 : word);
    else
        reason_set(&why, "the new process ended before it was ready; its own lines say why");
    stop_watching(succession);
    succession_fail(succession, why.text);
}

static void watch(struct succession *succession)
{
    succession->state = SUCCESSION_COMING;
    uv_poll_init(succession->loop, &succession->poll, succession->channel);
    succession->poll.data = succession;
    uv_poll_start(&succession->poll, UV_READABLE, on_word);
    wheel_start(succession->wheel, &succession->patience, SUCCESSION_MS, on_late);
}

static void on_locks(void *context, enum store_verdict verdict, const struct store_locks *locks)
{
    struct succession *succession = context;
    struct reason why;

    if (succession->state != SUCCESSION_ASKING)
        return;
    if (verdict != STORE_OK) {
        succession_fail(succession, "the queue cannot be used now");
        return;
    }
    succession->channel = spawner_spawn(succession->spawner, &why);
    if (succession->channel < 0) {
        succession_fail(succession, why.text);
    } else if (bequest_send(succession->channel, succession->clients, succession->operators, locks,
                   &why) < 0) {
        close(succession->channel);
        succession->channel = -1;
        succession_fail(succession, why.text);
    } else {
        watch(succession);
    }
}

void succession_begin(struct succession *succession)
{
    if (getpid() == 1) {
        log_warn(succession->log, "SIGUSR2: not upgraded: this is the first process of its "
                                  "container, which ends with it: restart the container");
    } else if (succession->state == SUCCESSION_OVER) {
        log_warn(succession->log,
            "upgrade: another process has taken the place of this one already: upgrade that one");
    } else if (succession->state != SUCCESSION_IDLE || succession->channel >= 0) {
        log_warn(succession->log, "upgrade: one is under way already");
    } else {
        log_info(
            succession->log, "upgrade: starting the program anew, to take the place of this one");
        succession->state = SUCCESSION_ASKING;
        store_hand_over(succession->store, on_locks, succession);
    }
}

void succession_stop(struct succession *succession)
{
    if (succession->state == SUCCESSION_COMING)
        stop_watching(succession);
    if (succession->state != SUCCESSION_OVER)
        succession->state = SUCCESSION_IDLE;
}
