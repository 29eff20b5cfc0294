#include "tests/unit/postgres_server.h"

#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/memory.h"
#include "common/postgres.h"
#include "common/schema_postgres.h"

#define CONNECT_MS 20000
#define USER "postgres"
/* What the server says when it can be used. */
#define READY "ready to accept connections"

/* Where initdb and postgres are, which are seldom in PATH. */
static void find_program(const char *name, char path[512])
{
    FILE *pipe;
    char folder[256] = "";

    pipe = popen("pg_config --bindir", "r");
    assert_non_null(pipe);
    if (fscanf(pipe, "%255s", folder) != 1)
        folder[0] = '\0';
    pclose(pipe);
    snprintf(path, 512, "%s/%s", folder, name);
    if (access(path, X_OK) < 0)
        fail_msg("%s: %s: install postgresql", path, strerror(errno));
}

/* In the child: the server refuses to run as root. */
static void drop_root(void)
{
    const struct passwd *user = geteuid() == 0 ? getpwnam(USER) : NULL;

    if (geteuid() == 0 && (!user || setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0))
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
}

/* argv[0] is the whole path, by which these programs find each other since PostgreSQL 16.
 * Its output, of both kinds, can be read from *output. */
static pid_t spawn(const char *path, const char *const argv[], int *output)
{
    int ends[2];
    pid_t process;

    assert_int_equal(pipe(ends), 0);
    process = fork();
    assert_true(process >= 0);
    if (process == 0) {
        setpgid(0, 0);
        drop_root();
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        close(ends[0]);
        close(ends[1]);
        if (chdir("/") == 0)
            execv(path, (char *const *)argv);
        _exit(127);
    }
    close(ends[1]);
    *output = ends[0];
    return process;
}

/* Reads until the text comes, or to the end. Returns whether it came. */
static bool read_until(int fd, const char *text, char said[8192])
{
    size_t len = 0;
    ssize_t got = 1;

    said[0] = '\0';
    while (
        !(text && strstr(said, text)) && len < 8191 && (got = read(fd, said + len, 8191 - len)) > 0)
        said[len += (size_t)got] = '\0';
    return text && strstr(said, text);
}

static void make_cluster(const struct postgres_server *server)
{
    char path[512], data[96], said[8192];
    const char *const argv[] = {path, "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8",
        "--locale=C.UTF-8", "--no-sync", NULL};
    int output, status;
    pid_t process;

    find_program("initdb", path);
    snprintf(data, sizeof(data), "%s/data", server->folder);
    process = spawn(path, argv, &output);
    read_until(output, NULL, said);
    close(output);
    assert_int_equal(waitpid(process, &status, 0), process);
    if (status != 0)
        fail_msg("initdb: %s", said);
}

void postgres_server_run(struct postgres_server *server)
{
    char path[512], data[96], said[8192];
    const char *const argv[] = {path, "-D", data, "-k", server->folder, "-c",
        "listen_addresses=", "-c", "shared_buffers=16MB", "-c", "max_connections=40", "-c",
        server->is_synced ? "fsync=on" : "fsync=off", NULL};
    int output;

    find_program("postgres", path);
    snprintf(data, sizeof(data), "%s/data", server->folder);
    server->process = spawn(path, argv, &output);
    if (!read_until(output, READY, said))
        fail_msg("postgres: %s", said);
    close(output);
}

static void start(struct postgres_server *server, bool is_synced)
{
    const struct passwd *user = geteuid() == 0 ? getpwnam(USER) : NULL;

    *server =
        (struct postgres_server){.is_synced = is_synced, .folder = "/tmp/belfry-postgres-XXXXXX"};
    assert_non_null(mkdtemp(server->folder));
    if (geteuid() == 0) {
        assert_non_null(user);
        assert_int_equal(chown(server->folder, user->pw_uid, user->pw_gid), 0);
    }
    make_cluster(server);
    postgres_server_run(server);
}

void postgres_server_start(struct postgres_server *server)
{
    start(server, false);
}

void postgres_server_start_synced(struct postgres_server *server)
{
    start(server, true);
}

static void end_with(struct postgres_server *server, pid_t whom, int signal)
{
    int status;

    if (server->process == 0)
        return;
    kill(whom, signal);
    assert_int_equal(waitpid(server->process, &status, 0), server->process);
    server->process = 0;
}

void postgres_server_kill(struct postgres_server *server)
{
    end_with(server, server->process, SIGQUIT);
}

void postgres_server_stop(struct postgres_server *server)
{
    char command[128];

    end_with(server, server->process, SIGQUIT);
    snprintf(command, sizeof(command), "rm -rf %s", server->folder);
    assert_int_equal(system(command), 0);
}

void postgres_server_url(const struct postgres_server *server, const char *user,
    const char *database, char url[POSTGRES_URL_SIZE])
{
    snprintf(url, POSTGRES_URL_SIZE, "postgresql://%s@/%s?host=%s", user, database, server->folder);
}

void postgres_server_database(struct postgres_server *server, char url[POSTGRES_URL_SIZE])
{
    char name[32], sql[64];
    PGconn *conn;

    snprintf(name, sizeof(name), "test%d", ++server->databases);
    snprintf(sql, sizeof(sql), "CREATE DATABASE %s", name);
    postgres_server_url(server, USER, "postgres", url);
    conn = postgres_server_connect(url);
    postgres_server_sql(conn, sql);
    postgres_close(conn);
    postgres_server_url(server, USER, name, url);
}

void postgres_server_queue(struct postgres_server *server, char url[POSTGRES_URL_SIZE])
{
    struct schema_postgres_made made;
    struct reason why;
    PGconn *conn;

    postgres_server_database(server, url);
    conn = postgres_server_connect(url);
    if (schema_postgres_init(conn, &made, &why) < 0)
        fail_msg("%s", why.text);
    if (made.roles)
        postgres_server_sql(conn, "CREATE ROLE gate LOGIN; GRANT belfry_gateway TO gate");
    postgres_server_url(server, "gate", PQdb(conn), url);
    postgres_close(conn);
}

PGconn *postgres_server_connect(const char *url)
{
    struct reason why;
    PGconn *conn = postgres_connect(url, "test", CONNECT_MS, &why);

    if (!conn)
        fail_msg("%s", why.text);
    return conn;
}

void postgres_server_sql(PGconn *conn, const char *sql)
{
    struct reason why;

    if (postgres_exec(conn, sql, &why) < 0)
        fail_msg("%s: %s", sql, why.text);
}

char *postgres_server_text(PGconn *conn, const char *sql)
{
    struct reason why;
    char *text = postgres_value(conn, sql, 0, NULL, &why);

    if (why.text[0])
        fail_msg("%s: %s", sql, why.text);
    return text ? text : mem_strdup("NULL");
}
