#include "gateway/process/bequest.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"
#include "gateway/process/descriptors.h"

#define FIRST_LINE "belfry 1"
#define TEXT_MAX 8192
#define RECEIVE_MS 10000

#define CLIENTS "clients"
#define OPERATORS "operators"
#define LOCK_ON_NAME "name"
#define LOCK_ON_FILE "file"

struct letter {
    struct buf text;
    int fds[DESCRIPTORS_MAX];
    size_t count;
};

static void add(struct letter *letter, const char *word, const char *address, int fd)
{
    if (fd < 0 || letter->count == DESCRIPTORS_MAX)
        return;
    buf_addf(&letter->text, "%s%s%s\n", word, address ? " " : "", address ? address : "");
    letter->fds[letter->count++] = fd;
}

static void add_all(struct letter *letter, const char *word, const struct server *server)
{
    struct listening_socket socket;

    for (size_t i = 0; server_listening(server, i, &socket); i++)
        add(letter, word, socket.address, socket.fd);
}

int bequest_send(int channel, const struct server *clients, const struct server *operators,
    const struct store_locks *locks, struct reason *why)
{
    struct letter letter = {.count = 0};
    int result;

    buf_init(&letter.text, TEXT_MAX);
    buf_add_text(&letter.text, FIRST_LINE "\n");
    add_all(&letter, CLIENTS, clients);
    add_all(&letter, OPERATORS, operators);
    add(&letter, LOCK_ON_NAME, NULL, locks->name);
    add(&letter, LOCK_ON_FILE, NULL, locks->file);
    result = letter.text.overflowed ? reason_set(why, "the addresses are too long")
                                    : descriptors_send(channel, letter.text.data, letter.text.len,
                                          letter.fds, letter.count);
    if (result < 0 && !letter.text.overflowed)
        reason_set(why, "passing the sockets: %s", strerror(errno));
    buf_release(&letter.text);
    return result;
}

static int take_lock(int *lock, int fd)
{
    if (*lock >= 0)
        close(*lock);
    *lock = fd;
    return 0;
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(text, word, len) == 0;
}

/* Takes the descriptor in any case. */
static int take_line(const char *line, int fd, struct inherited *inherited,
    struct store_locks *locks, struct reason *why)
{
    const char *blank = strchr(line, ' ');
    const char *address = blank ? blank + 1 : NULL;
    size_t len = blank ? (size_t)(blank - line) : strlen(line);

    if (is_word(line, len, CLIENTS))
        return inherited_add(inherited, fd, INHERITED_FOR_CLIENTS, address, why);
    if (is_word(line, len, OPERATORS))
        return inherited_add(inherited, fd, INHERITED_FOR_OPERATORS, address, why);
    if (strcmp(line, LOCK_ON_NAME) == 0)
        return take_lock(&locks->name, fd);
    if (strcmp(line, LOCK_ON_FILE) == 0)
        return take_lock(&locks->file, fd);
    close(fd);
    return 0;
}

static int read_letter(char *text, const int *fds, size_t count, struct inherited *inherited,
    struct store_locks *locks, struct reason *why)
{
    char *rest = NULL;
    const char *line = strtok_r(text, "\n", &rest);
    bool is_known = line && strcmp(line, FIRST_LINE) == 0;
    int result = is_known ? 0 : reason_set(why, "it speaks another version of the upgrade");

    for (size_t i = 0; i < count; i++) {
        line = result == 0 ? strtok_r(NULL, "\n", &rest) : NULL;
        if (!line)
            close(fds[i]);
        else if (take_line(line, fds[i], inherited, locks, why) < 0)
            result = -1;
    }
    return result;
}

int bequest_receive(
    int channel, struct inherited *inherited, struct store_locks *locks, struct reason *why)
{
    struct pollfd ready = {.fd = channel, .events = POLLIN};
    char text[TEXT_MAX + 1];
    int fds[DESCRIPTORS_MAX];
    size_t count = DESCRIPTORS_MAX;
    ssize_t len;

    if (poll(&ready, 1, RECEIVE_MS) <= 0)
        return reason_set(why, "the gateway that started this process passes no sockets");
    len = descriptors_receive(channel, text, TEXT_MAX, fds, &count);
    if (len <= 0)
        return reason_set(why, "the gateway that started this process is gone");
    text[len] = '\0';
    if (read_letter(text, fds, count, inherited, locks, why) < 0)
        return reason_prefix(why, "the gateway that started this process: ");
    return 0;
}
