#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/load/watched.h"

/* The `index`th number of a file that holds nothing but numbers; 0 if it cannot be read. */
static int64_t number_in(const char *path, unsigned index)
{
    FILE *file = fopen(path, "re");
    long long number = 0;

    if (!file)
        return 0;
    for (unsigned i = 0; i <= index; i++) {
        if (fscanf(file, "%lld", &number) != 1)
            number = 0;
    }
    fclose(file);
    return number;
}

static int64_t process_ns(long pid)
{
    DIR *tasks;
    char path[64], task[sizeof(path) + 300];
    struct dirent *entry;
    int64_t sum = 0;

    snprintf(path, sizeof(path), "/proc/%ld/task", pid);
    tasks = opendir(path);
    while (tasks && (entry = readdir(tasks))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(task, sizeof(task), "%s/%s/schedstat", path, entry->d_name);
        sum += number_in(task, 0);
    }
    if (tasks)
        closedir(tasks);
    return sum;
}

static int64_t process_memory(long pid)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%ld/statm", pid);
    return number_in(path, 1) * sysconf(_SC_PAGESIZE);
}

static int64_t sum_over(const char *pids, int64_t (*read_one)(long pid))
{
    int64_t sum = 0;

    while (pids && *pids) {
        char *end;
        long pid = strtol(pids, &end, 10);

        if (pid > 0)
            sum += read_one(pid);
        pids = *end == ',' ? end + 1 : NULL;
    }
    return sum;
}

int64_t watched_processor_ns(const char *pids)
{
    return sum_over(pids, process_ns);
}

int64_t watched_memory(const char *pids)
{
    return sum_over(pids, process_memory);
}
