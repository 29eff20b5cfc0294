#include "gateway/process/inherited.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/memory.h"
#include "common/passed_sockets.h"
#include "gateway/net/bind.h"

int inherited_add(struct inherited *inherited, int fd, enum inherited_use use, const char *address,
    struct reason *why)
{
    if (inherited->count == INHERITED_MAX) {
        close(fd);
        return reason_set(
            why, "more than %d listening sockets were passed to this process", INHERITED_MAX);
    }
    inherited->sockets[inherited->count++] =
        (struct inherited_socket){fd, use, mem_strdup_or_null(address)};
    return 0;
}

static bool is_for_operators(size_t n, int fd, const struct config_list *operators)
{
    char address[BIND_TEXT_SIZE];

    if (passed_sockets_is_named(n, INHERITED_OPERATORS))
        return true;
    bind_text(fd, address);
    for (size_t i = 0; i < operators->count; i++)
        if (strcmp(operators->items[i], address) == 0)
            return true;
    return false;
}

static int take_passed(
    struct inherited *inherited, size_t n, const struct config_list *operators, struct reason *why)
{
    int fd = PASSED_SOCKETS_FIRST + (int)n;
    enum inherited_use use =
        is_for_operators(n, fd, operators) ? INHERITED_FOR_OPERATORS : INHERITED_FOR_CLIENTS;

    if (!passed_socket_listens(fd))
        return reason_set(why,
            "descriptor %d, which systemd passed, is not a listening socket: it needs "
            "ListenStream= and Accept=no",
            fd);
    if (passed_socket_take(fd, why) < 0)
        return -1;
    return inherited_add(inherited, fd, use, NULL, why);
}

int inherited_from_systemd(
    struct inherited *inherited, const struct config_list *operators, struct reason *why)
{
    size_t count = passed_sockets_count();

    for (size_t i = 0; i < count; i++)
        if (take_passed(inherited, i, operators, why) < 0)
            return -1;
    passed_sockets_forget();
    return 0;
}

static bool fits(const struct inherited_socket *socket, enum inherited_use use, const char *address)
{
    if (socket->use != use || !socket->address != !address)
        return false;
    return !address || strcmp(socket->address, address) == 0;
}

/* The others keep their order. */
int inherited_take(struct inherited *inherited, enum inherited_use use, const char *address)
{
    struct inherited_socket *sockets = inherited->sockets;
    size_t n = 0;
    int fd;

    while (n < inherited->count && !fits(&sockets[n], use, address))
        n++;
    if (n == inherited->count)
        return -1;
    fd = sockets[n].fd;
    free(sockets[n].address);
    inherited->count--;
    memmove(&sockets[n], &sockets[n + 1], (inherited->count - n) * sizeof(*sockets));
    return fd;
}

void inherited_close(struct inherited *inherited)
{
    for (size_t i = 0; i < inherited->count; i++) {
        close(inherited->sockets[i].fd);
        free(inherited->sockets[i].address);
    }
    inherited->count = 0;
}
