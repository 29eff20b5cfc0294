#include "common/access_list.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/xattr.h>

/* As the kernel writes it (linux/posix_acl_xattr.h), little-endian. */
#define ATTRIBUTE "system.posix_acl_access"
#define VERSION 2

enum {
    TAG_USER = 0x02,
    TAG_OWNING_GROUP = 0x04,
    TAG_GROUP = 0x08,
    TAG_MASK = 0x10,
    TAG_ALL = 0x20
};

struct raw_entry {
    uint16_t tag, permissions;
    uint32_t id;
};

struct raw_list {
    uint32_t version;
    struct raw_entry entries[ACCESS_ENTRIES_MAX];
};

static const struct {
    unsigned tag;
    enum access_to to;
    bool masked;
} tags[] = {
    {TAG_USER, ACCESS_OF_USER, true},
    {TAG_OWNING_GROUP, ACCESS_OF_GROUP, true},
    {TAG_GROUP, ACCESS_OF_GROUP, true},
    {TAG_ALL, ACCESS_OF_ALL, false},
};

static unsigned find_mask(const struct raw_list *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (le16toh(list->entries[i].tag) == TAG_MASK)
            return le16toh(list->entries[i].permissions);
    return 7;
}

static int take_list(const struct raw_list *list, size_t count, const struct stat *status,
    struct access_entry *entries)
{
    unsigned mask = find_mask(list, count);
    int taken = 0;

    for (size_t i = 0; i < count; i++) {
        const struct raw_entry *raw = &list->entries[i];
        unsigned tag = le16toh(raw->tag), permissions = le16toh(raw->permissions);
        for (size_t k = 0; k < sizeof tags / sizeof *tags; k++)
            if (tags[k].tag == tag)
                entries[taken++] = (struct access_entry){
                    .to = tags[k].to,
                    .id = tag == TAG_OWNING_GROUP ? status->st_gid : le32toh(raw->id),
                    .permissions = tags[k].masked ? permissions & mask : permissions,
                };
    }
    return taken;
}

static int take_mode(const struct stat *status, struct access_entry *entries)
{
    entries[0] = (struct access_entry){ACCESS_OF_ALL, 0, status->st_mode & 7};
    entries[1] = (struct access_entry){ACCESS_OF_GROUP, status->st_gid, status->st_mode >> 3 & 7};
    return 2;
}

int access_list_read(
    const char *path, const struct stat *status, struct access_entry entries[ACCESS_ENTRIES_MAX])
{
    struct raw_list list;
    ssize_t size = lgetxattr(path, ATTRIBUTE, &list, sizeof list);

    if (size < 0)
        return errno == ERANGE ? -1 : take_mode(status, entries);
    if ((size_t)size < sizeof list.version || le32toh(list.version) != VERSION)
        return take_mode(status, entries);
    return take_list(
        &list, ((size_t)size - sizeof list.version) / sizeof *list.entries, status, entries);
}
