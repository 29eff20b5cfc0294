#include "admin/lookup.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/memory.h"

/* Shared by the caller and the thread; the last of the two frees it. */
struct question {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    char *host, *port; /* host NULL: this machine */
    struct addrinfo *found;
    int error; /* of getaddrinfo */
    bool is_answered;
    bool is_abandoned;
};

static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};

static void question_free(struct question *question)
{
    if (question->found)
        freeaddrinfo(question->found);
    pthread_cond_destroy(&question->answered);
    pthread_mutex_destroy(&question->lock);
    free(question->host);
    free(question->port);
    free(question);
}

static struct question *question_new(const char *host, const char *port)
{
    struct question *question = mem_zalloc(sizeof(*question));
    pthread_condattr_t steady;

    pthread_mutex_init(&question->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&question->answered, &steady);
    pthread_condattr_destroy(&steady);
    question->host = strcmp(host, "*") == 0 ? NULL : mem_strdup(host);
    question->port = mem_strdup(port);
    return question;
}

static void *ask(void *context)
{
    struct question *question = context;
    struct addrinfo *found = NULL;
    int error = getaddrinfo(question->host, question->port, &hints, &found);

    pthread_mutex_lock(&question->lock);
    question->found = error == 0 ? found : NULL;
    question->error = error;
    question->is_answered = true;
    bool is_abandoned = question->is_abandoned;
    pthread_cond_signal(&question->answered);
    pthread_mutex_unlock(&question->lock);
    if (is_abandoned)
        question_free(question);
    return NULL;
}

static struct timespec time_after(int64_t ms)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += ms / 1000;
    time.tv_nsec += ms % 1000 * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

/* Waits for the answer. Returns false, and leaves the question to its thread, if it takes too
 * long. */
static bool await_answer(struct question *question, int64_t ms)
{
    struct timespec end = time_after(ms);
    int error = 0;

    pthread_mutex_lock(&question->lock);
    while (!question->is_answered && error == 0)
        error = pthread_cond_timedwait(&question->answered, &question->lock, &end);
    bool is_answered = question->is_answered;
    question->is_abandoned = !is_answered;
    pthread_mutex_unlock(&question->lock);
    return is_answered;
}

static int ask_in_time(struct question *question, int64_t ms, struct addrinfo **found,
    const char *host, struct reason *why)
{
    pthread_t thread;
    int result = 0;

    if (pthread_create(&thread, NULL, ask, question) != 0) {
        question_free(question);
        return reason_set(why, "%s: no thread can be started to look it up", host);
    }
    if (!await_answer(question, ms)) {
        pthread_detach(thread);
        return reason_set(why, "%s: no name server answers", host);
    }
    pthread_join(thread, NULL);
    if (question->error != 0)
        result = reason_set(why, "%s: %s", host, gai_strerror(question->error));
    *found = question->found;
    question->found = NULL;
    question_free(question);
    return result;
}

/* An address needs no name server, and so no thread. */
static bool is_address(const char *host, const char *port, struct addrinfo **found)
{
    struct addrinfo numeric = hints;

    numeric.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    return getaddrinfo(host, port, &numeric, found) == 0;
}

int lookup(
    const char *host, const char *port, int64_t ms, struct addrinfo **found, struct reason *why)
{
    *found = NULL;
    if (is_address(host, port, found))
        return 0;
    return ask_in_time(question_new(host, port), ms, found, host, why);
}
