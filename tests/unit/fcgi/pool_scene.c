#include "tests/unit/fcgi/pool_scene.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/unit/fcgi/echo_endpoint.h"

#define LOG_MAX 65536

static int64_t counted_steady(const struct clock *clock)
{
    const struct pool_scene *scene = clock->context;
    const uint64_t one = 1;

    (void)!write(scene->looks, &one, sizeof(one));
    return clock_steady_ms(&scene->system);
}

static int64_t system_wall(const struct clock *clock)
{
    const struct pool_scene *scene = clock->context;

    return clock_wall_ms(&scene->system);
}

void pool_scene_await_looks(const struct pool_scene *scene, uint64_t wanted)
{
    struct pollfd looks = {.fd = scene->looks, .events = POLLIN};
    uint64_t seen = 0, more = 0;

    assert_true(read(scene->looks, &more, sizeof(more)) == sizeof(more));
    while (seen < wanted) {
        assert_int_equal(poll(&looks, 1, 10000), 1);
        assert_true(read(scene->looks, &more, sizeof(more)) == sizeof(more));
        seen += more;
    }
}

struct program_settings *pool_scene_settings(const struct pool_scene *scene, const char *ini)
{
    struct reason why;
    char *path = path_in(scene->folder, "belfry.conf");

    file_write(path, ini, strlen(ini));
    struct program_settings *settings =
        program_settings_load(&echo_endpoint, path, &scene->log, &why);
    assert_non_null(settings);
    free(path);
    return settings;
}

void pool_scene_start(struct pool_scene *scene, size_t max_connections, int64_t threads)
{
    scene->folder = folder_new();
    scene->log_path = path_in(scene->folder, "log");
    scene->looks = eventfd(0, EFD_CLOEXEC);
    scene->system = clock_system();
    scene->clock = (struct clock){system_wall, counted_steady, scene};
    int fd = open(scene->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    log_sink_init(&scene->sink, fd, LOG_TEXT, LOG_DEBUG, &scene->clock, "belfry-echo");
    scene->log = logger_root(&scene->sink);
    const struct pool_options options = {
        .threads = threads,
        .max_connections = max_connections,
        .clock = &scene->clock,
        .log = &scene->log,
    };
    pool_rig_start(&scene->rig, scene->folder, options, pool_scene_settings(scene, ""));
}

void pool_scene_stop(struct pool_scene *scene)
{
    pool_rig_stop(&scene->rig);
    close(scene->sink.fd);
    close(scene->looks);
    folder_remove(scene->folder);
    free(scene->log_path);
    free(scene->folder);
}

char *pool_scene_logged(const struct pool_scene *scene)
{
    char *text = calloc(1, LOG_MAX);
    int fd = open(scene->log_path, O_RDONLY | O_CLOEXEC);

    assert_true(read(fd, text, LOG_MAX - 1) >= 0);
    close(fd);
    return text;
}
