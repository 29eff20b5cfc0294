#include "tests/unit/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/trust.h"

/* Users and a group that every Debian has, and that nothing else here uses. */
#define OWNER 34       /* backup, whose own group has nobody else */
#define STRANGER 1     /* daemon */
#define OTHER_GROUP 60 /* games, which the user games is in */
#define NO_MEMBERS 37  /* operator, which nobody is in */

struct place {
    char *top, *folder, *file;
    struct reason why;
};

static void make_file(const char *path, mode_t mode)
{
    file_write(path, "x", 1);
    assert_int_equal(chmod(path, mode), 0);
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    place->top = folder_new();
    place->folder = path_in(place->top, "data");
    place->file = path_in(place->folder, "app.db");
    assert_int_equal(mkdir(place->folder, 0755), 0);
    make_file(place->file, 0600);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    folder_remove(place->top);
    free(place->file);
    free(place->folder);
    free(place->top);
    free(place);
    return 0;
}

static void need_root(void)
{
    if (geteuid() != 0)
        skip();
}

static void assert_trusted(struct place *place)
{
    if (trust_store(place->file, &place->why) < 0)
        fail_msg("%s", place->why.text);
}

static void assert_refused(struct place *place, const char *who, const char *todo)
{
    place->why.text[0] = '\0';
    assert_int_equal(trust_store(place->file, &place->why), -1);
    if (!strstr(place->why.text, who) || !strstr(place->why.text, todo) ||
        !strstr(place->why.text, place->file))
        fail_msg("\"%s\" does not say: %s, %s", place->why.text, who, todo);
}

static void its_owner_may_write_a_store_and_others_may_read_it(void **state)
{
    struct place *place = *state;

    assert_trusted(place);
    assert_int_equal(chmod(place->file, 0644), 0);
    assert_trusted(place);
}

static void a_store_that_everybody_may_write_is_refused(void **state)
{
    struct place *place = *state;

    assert_int_equal(chmod(place->file, 0666), 0);
    assert_refused(place, "everybody may write it", "chmod o-w ");
}

static void a_folder_that_everybody_may_write_is_refused(void **state)
{
    struct place *place = *state;

    assert_int_equal(chmod(place->folder, 0777), 0);
    assert_refused(place, "everybody may write the folder", "chmod o-w ");
    assert_int_equal(chmod(place->folder, 0755), 0);
    assert_int_equal(chmod(place->top, 0702), 0);
    assert_refused(place, "everybody may write the folder", place->top);
}

static void a_sticky_folder_above_is_fine(void **state)
{
    struct place *place = *state;

    assert_int_equal(chmod(place->top, 01777), 0);
    assert_trusted(place);
    assert_int_equal(chmod(place->folder, 01777), 0);
    assert_trusted(place);
}

static void what_a_stranger_has_put_into_a_sticky_folder_is_refused(void **state)
{
    struct place *place = *state;
    char *wal = path_in(place->folder, "app.db-wal");

    need_root();
    make_file(wal, 0600);
    assert_int_equal(chmod(place->folder, 01777), 0);
    assert_trusted(place);
    assert_int_equal(chown(wal, STRANGER, STRANGER), 0);
    assert_refused(place, "app.db-wal is the user daemon's", "chown root ");
    free(wal);
}

static void what_sqlite_keeps_beside_it_is_looked_at_too(void **state)
{
    static const char *const names[] = {"app.db-wal", "app.db-shm", "app.db-journal"};
    struct place *place = *state;

    for (size_t i = 0; i < 3; i++) {
        char *path = path_in(place->folder, names[i]);
        make_file(path, 0666);
        assert_refused(place, names[i], "chmod o-w ");
        assert_int_equal(unlink(path), 0);
        assert_int_equal(symlink("/dev/null", path), 0);
        assert_refused(place, "is a symbolic link", "rm ");
        assert_int_equal(unlink(path), 0);
        free(path);
    }
    assert_trusted(place);
}

static void a_group_may_write_where_nobody_else_is_in_it(void **state)
{
    struct place *place = *state;

    need_root();
    assert_int_equal(chmod(place->file, 0660), 0);
    assert_int_equal(chmod(place->folder, 02770), 0);
    assert_int_equal(chown(place->file, OWNER, OWNER), 0);
    assert_int_equal(chown(place->folder, OWNER, OWNER), 0);
    assert_trusted(place);
    assert_int_equal(chown(place->file, OWNER, OTHER_GROUP), 0);
    assert_refused(place, "the group games, which games is in, may write it", "chmod g-w ");
    assert_int_equal(chown(place->file, OWNER, OWNER), 0);
    assert_int_equal(chown(place->folder, OWNER, OTHER_GROUP), 0);
    assert_int_equal(chmod(place->folder, 02770), 0);
    assert_refused(place, "the group games, which games is in, may write the folder", "chmod g-w ");
}

static void what_an_application_may_write_by_its_group_is_to_be_its_own(void **state)
{
    struct place *place = *state;
    char todo[1024];

    need_root();
    assert_int_equal(chown(place->file, OWNER, OTHER_GROUP), 0);
    assert_int_equal(chown(place->folder, OWNER, OTHER_GROUP), 0);
    assert_int_equal(chmod(place->file, 0664), 0);
    assert_int_equal(chmod(place->folder, 02775), 0);
    snprintf(todo, sizeof todo, "if games is the application's user, first: chown games %s %s",
        place->file, place->folder);
    assert_refused(place, "the group games, which games is in, may write the folder", todo);
    /* As it says: */
    assert_int_equal(chown(place->file, 5, OTHER_GROUP), 0);
    assert_int_equal(chown(place->folder, 5, OTHER_GROUP), 0);
    assert_trusted(place);
    assert_int_equal(chown(place->folder, STRANGER, OTHER_GROUP), 0);
    assert_refused(place, "is the user daemon's", "or keep the sessions where that user");
}

static void a_group_without_members_is_for_whoever_is_started_with_it(void **state)
{
    struct place *place = *state;

    need_root();
    assert_int_equal(chown(place->folder, OWNER, NO_MEMBERS), 0);
    assert_int_equal(chmod(place->folder, 02770), 0);
    assert_int_equal(chown(place->file, OWNER, OWNER), 0);
    assert_refused(
        place, "the group operator, which has no member, may write the folder", "chmod g-w ");
    assert_int_equal(chmod(place->folder, 0750), 0);
    assert_trusted(place);
    assert_int_equal(chown(place->file, OWNER, NO_MEMBERS), 0);
    assert_int_equal(chmod(place->file, 0660), 0);
    assert_refused(place, "the group operator, which has no member, may write it", "chmod g-w ");
    assert_int_equal(chmod(place->file, 0640), 0);
    assert_int_equal(chown(place->top, 0, NO_MEMBERS), 0);
    assert_int_equal(chmod(place->top, 02775), 0);
    assert_trusted(place);
}

static void a_store_that_no_setting_names_is_the_programs_own(void **state)
{
    struct place *place = *state;

    need_root();
    assert_int_equal(chmod(place->top, 0755), 0);
    assert_int_equal(chown(place->file, OWNER, OWNER), 0);
    assert_int_equal(trust_own_store(place->file, &place->why), 0);
    assert_int_equal(seteuid(STRANGER), 0);
    int theirs = trust_own_store(place->file, &place->why);
    int named = trust_store(place->file, NULL);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(theirs, -1);
    assert_non_null(strstr(place->why.text, "the user backup's"));
    assert_non_null(strstr(place->why.text, "session_database"));
    assert_int_equal(named, 0);
    assert_int_equal(chown(place->file, STRANGER, STRANGER), 0);
    assert_int_equal(seteuid(STRANGER), 0);
    int own = trust_own_store(place->file, &place->why);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(own, 0);
}

static void a_folder_of_another_user_is_refused(void **state)
{
    struct place *place = *state;

    need_root();
    assert_int_equal(chown(place->file, OWNER, OWNER), 0);
    assert_trusted(place);
    assert_int_equal(chown(place->folder, STRANGER, STRANGER), 0);
    assert_refused(place, "is the user daemon's", "chown root ");
}

static void a_link_is_followed_and_each_folder_on_the_way_looked_at(void **state)
{
    struct place *place = *state;
    char *elsewhere = path_in(place->top, "elsewhere"), *link = path_in(elsewhere, "link.db");
    char *file = place->file;

    assert_int_equal(mkdir(elsewhere, 0755), 0);
    assert_int_equal(symlink("../data/app.db", link), 0);
    place->file = link;
    assert_trusted(place);
    assert_int_equal(chmod(elsewhere, 0777), 0);
    assert_refused(place, "everybody may write the folder", elsewhere);
    assert_int_equal(chmod(elsewhere, 0755), 0);
    assert_int_equal(chmod(place->folder, 0777), 0);
    assert_refused(place, "everybody may write the folder", place->folder);
    assert_int_equal(chmod(place->folder, 0755), 0);
    assert_int_equal(chmod(file, 0666), 0);
    assert_refused(place, "everybody may write", "app.db");
    place->file = file;
    free(link);
    free(elsewhere);
}

static void a_linked_folder_is_followed_too(void **state)
{
    struct place *place = *state;
    char *link = path_in(place->top, "link"), *file = place->file;

    assert_int_equal(symlink(place->folder, link), 0);
    place->file = path_in(link, "app.db");
    assert_trusted(place);
    assert_int_equal(chmod(place->folder, 0777), 0);
    assert_refused(place, "everybody may write the folder", place->folder);
    free(place->file);
    place->file = file;
    free(link);
}

static void a_link_that_a_stranger_has_put_into_a_sticky_folder_is_refused(void **state)
{
    struct place *place = *state;
    char *link = path_in(place->top, "link.db"), *file = place->file;

    need_root();
    assert_int_equal(chmod(place->top, 01777), 0);
    assert_int_equal(symlink("data/app.db", link), 0);
    place->file = link;
    assert_trusted(place);
    assert_int_equal(lchown(link, STRANGER, STRANGER), 0);
    assert_refused(place, "link.db is the user daemon's", "chown root ");
    place->file = file;
    free(link);
}

struct raw_list {
    uint32_t version;
    struct {
        uint16_t tag, permissions;
        uint32_t id;
    } entries[5];
};

/* Like setfacl -m u:USER:PERMISSIONS. False if the file system has no access control lists. */
static bool allow_user(const char *path, uint32_t user, uint16_t permissions)
{
    const struct raw_list list = {
        2, {{0x01, 6, UINT32_MAX}, {0x02, permissions, user}, {0x04, 0, UINT32_MAX},
               {0x10, 7, UINT32_MAX}, {0x20, 0, UINT32_MAX}}};

    return setxattr(path, "system.posix_acl_access", &list, sizeof list, 0) == 0;
}

static void an_access_control_list_is_read(void **state)
{
    struct place *place = *state;

    need_root();
    if (!allow_user(place->file, 0, 6))
        skip();
    assert_trusted(place);
    assert_true(allow_user(place->file, STRANGER, 4));
    assert_trusted(place);
    assert_true(allow_user(place->file, STRANGER, 6));
    assert_refused(place, "the user daemon may write it", "setfacl -x u:daemon ");
}

static void a_secret_that_others_may_read_is_told_of(void **state)
{
    struct place *place = *state;

    assert_int_equal(trust_private(place->file, &place->why), 0);
    assert_int_equal(chmod(place->file, 0644), 0);
    assert_int_equal(trust_secret(place->file, &place->why), 0);
    assert_int_equal(trust_private(place->file, &place->why), -1);
    assert_non_null(strstr(place->why.text, "is used, but everybody may read it: chmod 0400 "));
}

static void a_secret_that_others_may_write_is_refused(void **state)
{
    struct place *place = *state;

    assert_int_equal(trust_secret(place->file, &place->why), 0);
    assert_int_equal(chmod(place->file, 0602), 0);
    assert_int_equal(trust_secret(place->file, &place->why), -1);
    assert_non_null(strstr(place->why.text, "is not used: everybody may write it"));
    assert_int_equal(chmod(place->file, 0600), 0);
    assert_int_equal(chmod(place->folder, 0777), 0);
    assert_int_equal(trust_secret(place->file, &place->why), -1);
}

static void a_secret_that_a_group_of_others_may_read_is_told_of(void **state)
{
    struct place *place = *state;

    need_root();
    assert_int_equal(chown(place->file, 0, OWNER), 0);
    assert_int_equal(chmod(place->file, 0640), 0);
    assert_int_equal(trust_private(place->file, &place->why), -1);
    assert_non_null(strstr(place->why.text, "the group backup, which backup is in, may read"));
}

static void what_is_not_there_is_not_trusted_since_it_may_come_back(void **state)
{
    struct place *place = *state;

    assert_int_equal(unlink(place->file), 0);
    assert_refused(place, "cannot be read", "No such file");
    assert_int_equal(trust_own_store(place->file, &place->why), -1);
    assert_int_equal(trust_secret(place->file, &place->why), -1);
}

static void a_circle_of_links_ends(void **state)
{
    struct place *place = *state;

    assert_int_equal(unlink(place->file), 0);
    assert_int_equal(symlink("app.db", place->file), 0);
    assert_refused(place, "cannot be read", "symbolic links");
}

static void a_relative_path_is_walked_from_the_working_folder(void **state)
{
    struct place *place = *state;
    char *file = place->file, before[4096];

    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(place->folder), 0);
    place->file = (char *)"../data/./app.db";
    assert_trusted(place);
    assert_int_equal(chmod(place->folder, 0777), 0);
    assert_refused(place, "everybody may write the folder", place->folder);
    assert_int_equal(chdir(before), 0);
    place->file = file;
}

static void a_private_folder_is_told_from_a_shared_one(void **state)
{
    struct place *place = *state;

    assert_true(trust_folder(place->folder, geteuid(), NULL));
    assert_int_equal(chmod(place->folder, 01777), 0);
    assert_false(trust_folder(place->folder, geteuid(), NULL));
    assert_int_equal(chmod(place->folder, 0777), 0);
    assert_false(trust_folder(place->folder, geteuid(), NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(its_owner_may_write_a_store_and_others_may_read_it),
        TEST(a_store_that_everybody_may_write_is_refused),
        TEST(a_folder_that_everybody_may_write_is_refused),
        TEST(a_sticky_folder_above_is_fine),
        TEST(what_a_stranger_has_put_into_a_sticky_folder_is_refused),
        TEST(what_sqlite_keeps_beside_it_is_looked_at_too),
        TEST(a_group_may_write_where_nobody_else_is_in_it),
        TEST(what_an_application_may_write_by_its_group_is_to_be_its_own),
        TEST(a_group_without_members_is_for_whoever_is_started_with_it),
        TEST(a_store_that_no_setting_names_is_the_programs_own),
        TEST(a_folder_of_another_user_is_refused),
        TEST(a_link_is_followed_and_each_folder_on_the_way_looked_at),
        TEST(a_linked_folder_is_followed_too),
        TEST(a_link_that_a_stranger_has_put_into_a_sticky_folder_is_refused),
        TEST(an_access_control_list_is_read),
        TEST(a_secret_that_others_may_read_is_told_of),
        TEST(a_secret_that_others_may_write_is_refused),
        TEST(a_secret_that_a_group_of_others_may_read_is_told_of),
        TEST(what_is_not_there_is_not_trusted_since_it_may_come_back),
        TEST(a_circle_of_links_ends),
        TEST(a_relative_path_is_walked_from_the_working_folder),
        TEST(a_private_folder_is_told_from_a_shared_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
