/* A file with any bytes is accepted, and can be described, or is refused with a reason. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config;
    struct reason why = {""};
    struct buf out;
    char path[32];
    int fd = memfd_create("belfry.conf", MFD_CLOEXEC);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    buf_init(&out, 1048576);
    if (config_load(&config, path, NULL, NULL, &why) == 0) {
        config_describe(&config, &out);
        config_release(&config);
    } else if (!*why.text) {
        abort();
    }
    buf_release(&out);
    close(fd);
    return 0;
}
