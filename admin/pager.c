#include "admin/pager.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin/identity.h"
#include "common/buf.h"
#include "common/memory.h"

/* More than any screen holds. */
#define SCREEN_MAX_OCTETS (1 << 20)

static const char less_or_nothing[] =
    "if command -v less >/dev/null; then exec less; else exec cat; fi";

struct pager {
    FILE *stream; /* what others write to */
    FILE *out;
    const struct screen *screen;
    unsigned row, column; /* where the text has come to */
    bool in_escape;       /* within ESC [ … m, which takes no room */
    struct buf kept;      /* until there is a process */
    pid_t process;        /* 0: there is none */
    int pipe;
    struct sigaction interrupt, quit; /* as they were */
};

/* Follows the text over the screen; a character that is not the first byte of one takes no room. */
static void follow(struct pager *pager, char c)
{
    if (c == '\033')
        pager->in_escape = true;
    if (pager->in_escape) {
        pager->in_escape = c != 'm';
        return;
    }
    if (c == '\n' || (pager->column >= pager->screen->columns && (c & 0xc0) != 0x80)) {
        pager->row++;
        pager->column = 0;
    }
    if (c != '\n' && (c & 0xc0) != 0x80)
        pager->column++;
}

/* In the child: never returns. -F -R -X: end at once if it fits, show colours, leave the text on
 * the screen; what the user has set in LESS wins. Whoever may run only belfry as root, by sudo,
 * must not come by a shell of root: with LESSSECURE less starts no program and writes no file. */
static void become_pager(const struct pager *pager, const int ends[2])
{
    identity_restore();
    sigaction(SIGINT, &pager->interrupt, NULL);
    sigaction(SIGQUIT, &pager->quit, NULL);
    setenv("LESS", "FRX", 0);
    if (getuid() == 0)
        setenv("LESSSECURE", "1", 1);
    dup2(ends[0], STDIN_FILENO);
    dup2(fileno(pager->out), STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl("/bin/sh", "sh", "-c", pager->screen->pager ? pager->screen->pager : less_or_nothing,
        (char *)NULL);
    _exit(127);
}

static void leave_interrupts_to_it(struct pager *pager)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigaction(SIGINT, &ignore, &pager->interrupt);
    sigaction(SIGQUIT, &ignore, &pager->quit);
}

static void take_interrupts_back(const struct pager *pager)
{
    sigaction(SIGINT, &pager->interrupt, NULL);
    sigaction(SIGQUIT, &pager->quit, NULL);
}

/* If it cannot be started, everything goes to the screen itself. */
static void start(struct pager *pager)
{
    int ends[2];

    fflush(pager->out);
    pager->pipe = dup(fileno(pager->out));
    if (pipe(ends) < 0)
        return;
    leave_interrupts_to_it(pager);
    pager->process = fork();
    if (pager->process == 0)
        become_pager(pager, ends);
    close(ends[0]);
    if (pager->process < 0) {
        take_interrupts_back(pager);
        pager->process = 0;
        close(ends[1]);
        return;
    }
    close(pager->pipe);
    pager->pipe = ends[1];
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, data, len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        data += written;
        len -= (size_t)written;
    }
    return 0;
}

static ssize_t take(void *context, const char *data, size_t len)
{
    struct pager *pager = context;

    if (pager->pipe >= 0)
        return write_all(pager->pipe, data, len) < 0 ? 0 : (ssize_t)len;
    for (size_t i = 0; i < len; i++)
        follow(pager, data[i]);
    buf_add(&pager->kept, data, len);
    if (pager->row < pager->screen->rows && !pager->kept.overflowed)
        return (ssize_t)len;
    start(pager);
    int result = write_all(pager->pipe, pager->kept.data, pager->kept.len);
    if (result == 0 && pager->kept.overflowed)
        result = write_all(pager->pipe, data, len);
    buf_release(&pager->kept);
    return result < 0 ? 0 : (ssize_t)len;
}

struct pager *pager_open(FILE *out, const struct screen *screen)
{
    struct pager *pager = mem_zalloc(sizeof *pager);

    pager->out = out;
    pager->screen = screen;
    pager->pipe = -1;
    buf_init(&pager->kept, SCREEN_MAX_OCTETS);
    pager->stream = fopencookie(pager, "w", (cookie_io_functions_t){.write = take});
    if (!pager->stream)
        abort();
    return pager;
}

FILE *pager_stream(struct pager *pager)
{
    return pager->stream;
}

void pager_close(struct pager *pager)
{
    if (!pager)
        return;
    fclose(pager->stream);
    if (pager->pipe >= 0)
        close(pager->pipe);
    else
        fwrite(pager->kept.data, 1, pager->kept.len, pager->out);
    if (pager->process > 0) {
        while (waitpid(pager->process, NULL, 0) < 0 && errno == EINTR)
            continue;
        take_interrupts_back(pager);
    }
    buf_release(&pager->kept);
    free(pager);
}
