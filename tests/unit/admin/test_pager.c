#include "tests/unit/files.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "admin/pager.h"

/* Prints the text on a screen of 3 rows and 10 columns. */
static void assert_shows(const char *pager, const char *text, const char *expected)
{
    const struct screen screen = {.rows = 3, .columns = 10, .pager = pager};
    char shown[256];

    FILE *out = tmpfile();
    struct pager *open = pager_open(out, &screen);

    fputs(text, pager_stream(open));
    pager_close(open);
    rewind(out);
    shown[fread(shown, 1, sizeof shown - 1, out)] = '\0';
    fclose(out);
    assert_string_equal(shown, expected);
}

static void what_fits_is_printed_without_a_pager(void **state)
{
    (void)state;
    assert_shows("sed s/^/paged:/", "1\n2\n", "1\n2\n");
    assert_shows("sed s/^/paged:/", "0123456789\n2\n", "0123456789\n2\n");
    assert_shows("sed s/^/paged:/", "\033[1m0123456789\033[0m\nzwölf Zei\n",
        "\033[1m0123456789\033[0m\nzwölf Zei\n");
}

static void what_is_more_than_a_screen_goes_through_it(void **state)
{
    (void)state;
    assert_shows("sed s/^/paged:/", "1\n2\n3\n4\n", "paged:1\npaged:2\npaged:3\npaged:4\n");
    assert_shows("cat; echo end", "0123456789012345678901234567890123\n",
        "0123456789012345678901234567890123\nend\n");
}

static void the_pager_of_root_is_told_to_start_no_program(void **state)
{
    (void)state;
    setenv("LESSSECURE", "", 1);
    assert_shows(
        "cat >/dev/null; echo \"$LESSSECURE\"", "1\n2\n3\n4\n", getuid() == 0 ? "1\n" : "\n");
}

static void a_screen_is_a_terminal_that_is_not_dumb(void **state)
{
    const struct winsize size = {.ws_row = 24, .ws_col = 90};
    struct screen screen;
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);

    (void)state;
    assert_true(terminal >= 0);
    assert_int_equal(grantpt(terminal) | unlockpt(terminal), 0);
    int fd = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    assert_int_equal(ioctl(fd, TIOCSWINSZ, &size), 0);
    setenv("TERM", "xterm", 1);
    setenv("PAGER", "more", 1);
    unsetenv("NO_COLOR");
    screen_look(&screen, fd);
    assert_true(screen.colours && screen.rows == 24 && screen.columns == 90);
    assert_string_equal(screen.pager, "more");
    setenv("NO_COLOR", "1", 1);
    screen_look(&screen, fd);
    assert_true(!screen.colours && screen.rows == 24);
    unsetenv("NO_COLOR");
    setenv("PAGER", "", 1);
    screen_look(&screen, fd);
    assert_true(screen.colours && screen.rows == 0);
    setenv("TERM", "dumb", 1);
    screen_look(&screen, fd);
    assert_true(!screen.colours && screen.rows == 0);
    close(fd);
    close(terminal);
}

static void a_file_is_no_screen(void **state)
{
    struct screen screen;
    int fd = open("/dev/null", O_WRONLY);

    (void)state;
    setenv("TERM", "xterm", 1);
    screen_look(&screen, fd);
    assert_true(!screen.colours && screen.rows == 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_printed_without_a_pager),
        cmocka_unit_test(what_is_more_than_a_screen_goes_through_it),
        cmocka_unit_test(the_pager_of_root_is_told_to_start_no_program),
        cmocka_unit_test(a_screen_is_a_terminal_that_is_not_dumb),
        cmocka_unit_test(a_file_is_no_screen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
