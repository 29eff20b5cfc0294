#include "gateway/process/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/process/descriptors.h"

static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE};

static void handle_signals(void (*handler)(int))
{
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        signal(ignored[i], handler);
}

/* systemd says by WATCHDOG_PID which process is to give signs of life. */
static void set_environment(int channel)
{
    char text[32];

    snprintf(text, sizeof(text), "%d", channel);
    setenv(SPAWNER_CHANNEL, text, 1);
    snprintf(text, sizeof(text), "%ld", (long)getpid());
    if (getenv("WATCHDOG_PID"))
        setenv("WATCHDOG_PID", text, 1);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
}

/* execvp() gives a file that is no program, such as one that is copied at the moment, to a shell.
 */
static void become(char **argv)
{
    if (strchr(argv[0], '/'))
        execv(argv[0], argv);
    else
        execvp(argv[0], argv);
}

static void execute(char **argv, int channel)
{
    char text[128];

    handle_signals(SIG_DFL);
    set_environment(channel);
    fcntl(channel, F_SETFD, 0);
    become(argv);
    snprintf(text, sizeof(text), "! %s", strerror(errno));
    (void)!send(channel, text, strlen(text), MSG_NOSIGNAL);
    _exit(127);
}

/* Forks twice, so that the program is nobody's child. */
static void start_program(char **argv, int channel)
{
    pid_t child = fork();

    if (child == 0) {
        if (fork() == 0)
            execute(argv, channel);
        _exit(0);
    }
    close(channel);
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* The life of the spawner: until the gateway has closed its end. */
static void serve(char **argv, int socket)
{
    handle_signals(SIG_IGN);
    prctl(PR_SET_NAME, "belfry-spawner");
    if (socket > 3)
        close_range(3, (unsigned)socket - 1, 0);
    close_range((unsigned)socket + 1, ~0u, 0);
    for (;;) {
        char text[8];
        int channel = -1;
        size_t count = 1;
        ssize_t len = descriptors_receive(socket, text, sizeof(text), &channel, &count);

        if (len <= 0)
            _exit(0);
        if (count == 1)
            start_program(argv, channel);
    }
}

int spawner_start(struct spawner *spawner, char **argv, struct reason *why)
{
    int ends[2];
    pid_t child;

    spawner->socket = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return reason_set(why, "a socket to the process that starts upgrades: %s", strerror(errno));
    child = fork();
    if (child == 0)
        serve(argv, ends[1]);
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return reason_set(why, "the process that starts upgrades: %s", strerror(errno));
    }
    spawner->socket = ends[0];
    return 0;
}

int spawner_spawn(const struct spawner *spawner, struct reason *why)
{
    int ends[2];
    int sent;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return reason_set(why, "a socket to the new process: %s", strerror(errno));
    sent = descriptors_send(spawner->socket, "start", 5, &ends[1], 1);
    close(ends[1]);
    if (sent == 0)
        return ends[0];
    close(ends[0]);
    return reason_set(
        why, "the process that starts upgrades is gone (%s): restart the gateway", strerror(errno));
}

void spawner_stop(struct spawner *spawner)
{
    if (spawner->socket >= 0)
        close(spawner->socket);
    spawner->socket = -1;
}

int spawner_channel(void)
{
    const char *text = getenv(SPAWNER_CHANNEL);
    int channel = text ? (int)strtol(text, NULL, 10) : -1;

    unsetenv(SPAWNER_CHANNEL);
    if (channel < 0 || fcntl(channel, F_SETFD, FD_CLOEXEC) < 0)
        return -1;
    return channel;
}
