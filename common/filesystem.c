#include "common/filesystem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

bool filesystem_is_shared(const char *type)
{
    static const char *const shared[] = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs",
        "vboxsf", "prl_fs", "afs", "ceph", "lustre", "gfs2", "ocfs2", "fuse.sshfs",
        "fuse.glusterfs", "fuse.grpcfuse", "fuse.osxfs"};

    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        if (strcmp(type, shared[i]) == 0)
            return true;
    return false;
}

int filesystem_type_in(
    FILE *mountinfo, unsigned major, unsigned minor, char type[FILESYSTEM_TYPE_SIZE])
{
    char *line = NULL;
    size_t size = 0;
    int result = -1;

    while (result < 0 && getline(&line, &size, mountinfo) >= 0) {
        unsigned line_major, line_minor;
        const char *after = strstr(line, " - ");
        if (after && sscanf(line, "%*u %*u %u:%u", &line_major, &line_minor) == 2 &&
            line_major == major && line_minor == minor && sscanf(after, " - %31s", type) == 1)
            result = 0;
    }
    free(line);
    return result;
}

int filesystem_type(const char *path, char type[FILESYSTEM_TYPE_SIZE])
{
    struct stat status;

    if (stat(path, &status) < 0)
        return -1;
    FILE *mountinfo = fopen("/proc/self/mountinfo", "re");
    if (!mountinfo)
        return -1;
    int result = filesystem_type_in(mountinfo, major(status.st_dev), minor(status.st_dev), type);
    fclose(mountinfo);
    return result;
}
