/*
 * config_fixture: a configuration file in a folder of its own, in an
 * environment without BELFRY_ variables.
 */
#ifndef BELFRY_TESTS_UNIT_COMMON_CONFIG_FIXTURE_H
#define BELFRY_TESTS_UNIT_COMMON_CONFIG_FIXTURE_H

#include "tests/unit/files.h"

#include "common/config.h"

struct config_fixture {
    char folder[40];
    char path[64];
    char warnings[2048];
    struct config config;
    struct reason why;
};

/* For cmocka: *state is a struct config_fixture. */
int config_fixture_set_up(void **state);
int config_fixture_tear_down(void **state);

/* For config_load: adds the sentence to `warnings`. */
void config_fixture_warn(void *context, const char *sentence);

void config_fixture_write(const struct config_fixture *fixture, const void *content, size_t len);
/* Loads the file again; the second function writes it first. They return what config_load does. */
int config_fixture_load(struct config_fixture *fixture);
int config_fixture_load_text(struct config_fixture *fixture, const char *text);

/* Asserts that a file with this text is refused because of that line, with these words. */
void assert_config_refused(
    struct config_fixture *fixture, const char *text, int line, const char *words);

#endif
