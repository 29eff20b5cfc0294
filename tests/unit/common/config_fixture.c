#include "tests/unit/common/config_fixture.h"

#include <unistd.h>

static void clear_environment(void)
{
    static const char *const names[] = {"BELFRY_CONFIG", "BELFRY_DATABASE", "BELFRY_GATEWAY_RATE",
        "BELFRY_GATEWAY_PORT", "BELFRY_SERVICE_HOST", "BELFRY_TEST_CLOCK", "BELFRY_TEST_X",
        "BELFRY_URL", "BELFRY_TRUSTED_PROXIES", "BELFRY_TOKEN_SECRET_FILE"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
}

int config_fixture_set_up(void **state)
{
    struct config_fixture *fixture = calloc(1, sizeof(*fixture));

    clear_environment();
    strcpy(fixture->folder, "/tmp/test_config_XXXXXX");
    if (!mkdtemp(fixture->folder))
        return -1;
    snprintf(fixture->path, sizeof(fixture->path), "%s/belfry.conf", fixture->folder);
    *state = fixture;
    return 0;
}

int config_fixture_tear_down(void **state)
{
    struct config_fixture *fixture = *state;

    config_release(&fixture->config);
    unlink(fixture->path);
    rmdir(fixture->folder);
    free(fixture);
    clear_environment();
    return 0;
}

void config_fixture_warn(void *context, const char *sentence)
{
    struct config_fixture *fixture = context;

    strncat(fixture->warnings, sentence, sizeof(fixture->warnings) - 1);
}

void config_fixture_write(const struct config_fixture *fixture, const void *content, size_t len)
{
    FILE *file = fopen(fixture->path, "w");

    assert_non_null(file);
    fwrite(content, 1, len, file);
    fclose(file);
}

int config_fixture_load(struct config_fixture *fixture)
{
    config_release(&fixture->config);
    fixture->warnings[0] = '\0';
    return config_load(
        &fixture->config, fixture->path, config_fixture_warn, fixture, &fixture->why);
}

int config_fixture_load_text(struct config_fixture *fixture, const char *text)
{
    config_fixture_write(fixture, text, strlen(text));
    return config_fixture_load(fixture);
}

void assert_config_refused(
    struct config_fixture *fixture, const char *text, int line, const char *words)
{
    char place[100];

    assert_int_equal(config_fixture_load_text(fixture, text), -1);
    snprintf(place, sizeof(place), "%s:%d: ", fixture->path, line);
    if (strncmp(fixture->why.text, place, strlen(place)) != 0)
        fail_msg("%s does not begin with %s", fixture->why.text, place);
    if (!strstr(fixture->why.text, words))
        fail_msg("%s does not say %s", fixture->why.text, words);
}
