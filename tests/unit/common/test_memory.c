#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/memory.h"

static void gives_zeroed_memory(void **state)
{
    static const char zeroes[64];
    char *one = mem_zalloc(64);
    char *many = mem_array(8, 8);

    (void)state;
    assert_memory_equal(one, zeroes, 64);
    assert_memory_equal(many, zeroes, 64);
    free(one);
    free(many);
}

static void gives_memory_even_where_none_is_asked_for(void **state)
{
    char *nothing = mem_alloc(0);
    char *empty = mem_array(0, 8);

    (void)state;
    assert_non_null(nothing);
    assert_non_null(empty);
    empty = mem_resize(empty, 0);
    assert_non_null(empty);
    free(nothing);
    free(empty);
}

static void copies_text(void **state)
{
    char *whole = mem_strdup("belfry");
    char *cut = mem_strndup("belfry", 3);
    char *all = mem_strndup("belfry", 100);

    (void)state;
    assert_string_equal(whole, "belfry");
    assert_string_equal(cut, "bel");
    assert_string_equal(all, "belfry");
    assert_null(mem_strdup_or_null(NULL));
    free(whole);
    free(cut);
    free(all);
}

static void overwrites(void **state)
{
    char secret[] = "sesame";

    (void)state;
    mem_wipe(secret, sizeof(secret));
    assert_memory_equal(secret, "\0\0\0\0\0\0\0", sizeof(secret));
    mem_wipe(NULL, 0);
}

/* In a child with standard error closed, since the sanitizers would report it, too. */
static void ends_where_there_is_no_memory(void **state)
{
    int status = 0;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        volatile size_t huge = SIZE_MAX / 4;
        close(STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        free(mem_array(huge, 8));
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_memory),
        cmocka_unit_test(gives_memory_even_where_none_is_asked_for),
        cmocka_unit_test(copies_text),
        cmocka_unit_test(overwrites),
        cmocka_unit_test(ends_where_there_is_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
