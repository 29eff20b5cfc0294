#include "gateway/process/program_file.h"

#include <string.h>
#include <sys/stat.h>

void program_file_note(struct program_file *file, const char *path)
{
    struct stat status;

    *file = (struct program_file){.path = NULL};
    if (!strchr(path, '/') || stat(path, &status) < 0)
        return;
    *file = (struct program_file){path, status.st_dev, status.st_ino};
}

bool program_file_is_replaced(const struct program_file *file)
{
    struct stat status;

    if (!file->path || stat(file->path, &status) < 0)
        return false;
    return status.st_dev != file->device || status.st_ino != file->inode;
}
