#include "admin/transport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "admin/lookup.h"
#include "common/memory.h"

#define FAULT_SIZE 256

struct transport {
    int fd;
    SSL *tls; /* NULL: plain */
    int64_t deadline;
    char fault[FAULT_SIZE];
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t time_left(const struct transport *transport)
{
    int64_t left = transport->deadline - now_ms();

    return left > 0 ? left : 0;
}

void transport_allow(struct transport *transport, int64_t ms)
{
    transport->deadline = now_ms() + ms;
}

const char *transport_fault(const struct transport *transport)
{
    return transport->fault;
}

/* Notes what is wrong; returns -1 with errno. */
static int fail(struct transport *transport, int error, const char *words)
{
    snprintf(transport->fault, sizeof(transport->fault), "%.*s", (int)sizeof(transport->fault) - 1,
        words ? words : strerror(error));
    errno = error;
    return -1;
}

/* Waits until the socket is ready for this. 0, or -1 once the time is over. */
static int await(struct transport *transport, short events)
{
    struct pollfd poller = {.fd = transport->fd, .events = events};
    int ready;

    do
        ready = poll(&poller, 1, (int)time_left(transport));
    while (ready < 0 && errno == EINTR);
    return ready > 0 ? 0 : fail(transport, ETIMEDOUT, "no answer in time");
}

/* ---- TLS ---- */

/* OpenSSL writes with write(), also while it reads or shakes hands, so a server that is gone would
 * end the program by SIGPIPE. It is held back around each call. */
struct quiet {
    sigset_t before;
    bool was_pending;
};

static sigset_t only_pipes(void)
{
    sigset_t pipes;

    sigemptyset(&pipes);
    sigaddset(&pipes, SIGPIPE);
    return pipes;
}

static void quiet_begin(struct quiet *quiet)
{
    const sigset_t pipes = only_pipes();
    sigset_t pending;

    sigpending(&pending);
    quiet->was_pending = sigismember(&pending, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipes, &quiet->before);
}

/* Keeps errno, which SSL_get_error looks at. */
static void quiet_end(const struct quiet *quiet)
{
    const sigset_t pipes = only_pipes();
    const struct timespec at_once = {0, 0};
    int error = errno;

    if (!quiet->was_pending)
        sigtimedwait(&pipes, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &quiet->before, NULL);
    errno = error;
}

static int tls_connect(SSL *tls)
{
    struct quiet quiet;

    quiet_begin(&quiet);
    int result = SSL_connect(tls);
    quiet_end(&quiet);
    return result;
}

static int tls_read(SSL *tls, void *out, size_t size)
{
    struct quiet quiet;

    quiet_begin(&quiet);
    int got = SSL_read(tls, out, size > INT32_MAX ? INT32_MAX : (int)size);
    quiet_end(&quiet);
    return got;
}

static int tls_write(SSL *tls, const void *data, size_t len)
{
    struct quiet quiet;

    quiet_begin(&quiet);
    int sent = SSL_write(tls, data, len > INT32_MAX ? INT32_MAX : (int)len);
    quiet_end(&quiet);
    return sent;
}

/* Why a call of OpenSSL failed. */
static int fail_tls(struct transport *transport)
{
    long verdict = SSL_get_verify_result(transport->tls);
    unsigned long error = ERR_peek_last_error();
    char words[FAULT_SIZE];

    if (verdict != X509_V_OK)
        snprintf(words, sizeof(words), "its certificate is not accepted: %s",
            X509_verify_cert_error_string(verdict));
    else if (error != 0)
        snprintf(words, sizeof(words), "TLS: %s", ERR_reason_error_string(error));
    else
        snprintf(words, sizeof(words), "TLS: the connection was closed");
    return fail(transport, EPROTO, words);
}

/* After a call that returned `result`: 1 to call again, once the socket is ready; 0 if the server
 * has closed; -1 with errno. */
static int tls_go_on(struct transport *transport, int result)
{
    switch (SSL_get_error(transport->tls, result)) {
    case SSL_ERROR_WANT_READ:
        return await(transport, POLLIN) < 0 ? -1 : 1;
    case SSL_ERROR_WANT_WRITE:
        return await(transport, POLLOUT) < 0 ? -1 : 1;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        return fail_tls(transport);
    }
}

/* The name that the certificate must have: a host or an address. */
static bool expect_name(SSL *tls, const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];

    X509_VERIFY_PARAM *terms = SSL_get0_param(tls);

    if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(terms, host) == 1;
    return SSL_set_tlsext_host_name(tls, host) == 1 && SSL_set1_host(tls, host) == 1;
}

static SSL *tls_new(int fd, const char *host)
{
    static const unsigned char http[] = "\x08http/1.1";

    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *tls = NULL;

    if (!context)
        return NULL;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
        SSL_CTX_set_default_verify_paths(context) == 1)
        tls = SSL_new(context);
    SSL_CTX_free(context); /* the session keeps it */
    if (tls && (!expect_name(tls, host) || SSL_set_fd(tls, fd) != 1 ||
                   SSL_set_alpn_protos(tls, http, sizeof(http) - 1) != 0)) {
        SSL_free(tls);
        tls = NULL;
    }
    return tls;
}

static int shake_hands(struct transport *transport, const char *host)
{
    int result, again;

    ERR_clear_error();
    transport->tls = tls_new(transport->fd, host);
    if (!transport->tls)
        return fail(transport, EPROTO, "OpenSSL cannot begin TLS");
    do {
        ERR_clear_error();
        result = tls_connect(transport->tls);
        again = result == 1 ? 0 : tls_go_on(transport, result);
    } while (again > 0);
    if (again == 0 && result != 1)
        return fail(transport, EPROTO, "TLS: the connection was closed");
    return again;
}

/* ---- connecting ---- */

/* Returns 0 with a connected socket, or -1 with errno. */
static int connect_to(
    struct transport *transport, int family, const struct sockaddr *address, socklen_t len)
{
    const int yes = 1;
    int error = 0;
    socklen_t size = sizeof(error);

    transport->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (transport->fd < 0)
        return fail(transport, errno, NULL);
    /* What is small must not wait until the server has acknowledged what came before. That fails
     * on a local socket, which never waits. */
    setsockopt(transport->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (connect(transport->fd, address, len) == 0)
        return 0;
    if (errno != EINPROGRESS)
        error = errno;
    else if (await(transport, POLLOUT) < 0)
        error = ETIMEDOUT;
    else
        getsockopt(transport->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0)
        return 0;
    close(transport->fd);
    transport->fd = -1;
    return fail(transport, error, NULL);
}

static int connect_unix(struct transport *transport, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(address.sun_path))
        return fail(transport, ENAMETOOLONG, "the path is too long for a socket");
    memcpy(address.sun_path, path, strlen(path) + 1);
    return connect_to(transport, AF_UNIX, (const struct sockaddr *)&address, sizeof(address));
}

static int connect_tcp(struct transport *transport, const struct wire_target *target)
{
    struct addrinfo *found;
    struct reason why;
    int result = -1;

    if (lookup(target->host, target->port, time_left(transport), &found, &why) < 0)
        return fail(transport, ENOENT, why.text);
    for (const struct addrinfo *at = found; at && result < 0; at = at->ai_next)
        result = connect_to(transport, at->ai_family, at->ai_addr, at->ai_addrlen);
    freeaddrinfo(found);
    return result;
}

struct transport *transport_open(const struct wire_target *target, int64_t ms, struct reason *why)
{
    struct transport *transport = mem_zalloc(sizeof(*transport));
    bool is_local = !target->port;

    transport->fd = -1;
    transport_allow(transport, ms);
    int result = is_local ? connect_unix(transport, target->host) : connect_tcp(transport, target);
    if (result == 0 && target->tls)
        result = shake_hands(transport, target->host);
    if (result == 0)
        return transport;
    reason_set(why, "%s%s%s: %s", target->host, is_local ? "" : ":", is_local ? "" : target->port,
        transport->fault);
    transport_close(transport);
    return NULL;
}

void transport_close(struct transport *transport)
{
    if (!transport)
        return;
    SSL_free(transport->tls);
    if (transport->fd >= 0)
        close(transport->fd);
    free(transport);
}

/* ---- reading and writing ---- */

ssize_t transport_read_now(struct transport *transport, void *out, size_t size)
{
    if (!transport->tls) {
        ssize_t got = recv(transport->fd, out, size, 0);

        if (got >= 0 || errno == EAGAIN)
            return got;
        return errno == EINTR ? (errno = EAGAIN, -1) : fail(transport, errno, NULL);
    }
    ERR_clear_error();
    int got = tls_read(transport->tls, out, size);
    int error = got > 0 ? SSL_ERROR_NONE : SSL_get_error(transport->tls, got);
    if (got > 0 || error == SSL_ERROR_ZERO_RETURN)
        return got > 0 ? got : 0;
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        return fail_tls(transport);
    errno = EAGAIN;
    return -1;
}

ssize_t transport_read(struct transport *transport, void *out, size_t size)
{
    for (;;) {
        ssize_t got = transport_read_now(transport, out, size);

        if (got >= 0 || errno != EAGAIN)
            return got;
        if (await(transport, POLLIN) < 0)
            return -1;
    }
}

/* Writes some of it. Returns how much, 0 to call again, or -1 with errno. */
static ssize_t write_some(struct transport *transport, const char *data, size_t len)
{
    if (transport->tls) {
        ERR_clear_error();
        int sent = tls_write(transport->tls, data, len);
        if (sent > 0)
            return sent;
        int again = tls_go_on(transport, sent);
        return again > 0 ? 0 : again < 0 ? -1 : fail(transport, EPIPE, NULL);
    }
    ssize_t sent = send(transport->fd, data, len, MSG_NOSIGNAL);
    if (sent >= 0)
        return sent;
    if (errno != EAGAIN && errno != EINTR)
        return fail(transport, errno, NULL);
    return await(transport, POLLOUT);
}

int transport_write(struct transport *transport, const void *data, size_t len)
{
    const char *at = data;

    while (len > 0) {
        ssize_t sent = write_some(transport, at, len);

        if (sent < 0)
            return -1;
        at += sent;
        len -= (size_t)sent;
    }
    return 0;
}

int transport_wait(struct transport *transport, int ms)
{
    struct pollfd poller = {.fd = transport->fd, .events = POLLIN};

    if (transport->tls && SSL_pending(transport->tls) > 0)
        return 1;
    return poll(&poller, 1, ms) > 0;
}
