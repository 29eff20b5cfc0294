#include "gateway/gateway_sandbox.h"

#include <stdio.h>

#include "common/sandbox.h"
#include "common/sandbox_policy.h"
#include "gateway/net/bind.h"

static void allow_listeners(struct sandbox_policy *policy, const struct config_list *addresses)
{
    for (size_t i = 0; i < addresses->count; i++) {
        const char *path = bind_path(addresses->items[i]);

        if (path)
            sandbox_allow_socket(policy, path);
        else
            policy->internet = true;
    }
}

static void policy_fill(struct sandbox_policy *policy, const struct setup *setup)
{
    const struct config *config = &setup->config;

    sandbox_allow_system(policy);
    sandbox_allow_config(policy, config);
    sandbox_allow_database(policy, config->database);
    sandbox_allow_database(policy, setup->session_database);
    allow_listeners(policy, &config->gateway.listen);
    allow_listeners(policy, &config->gateway.ops_listen);
}

static void log_state(const struct sandbox_state *state, const struct logger *log)
{
    char text[SANDBOX_TEXT_SIZE];

    log_info(log, "%s", sandbox_describe(state, text, sizeof(text)));
}

void gateway_sandbox_enter(const struct setup *setup, const struct logger *log)
{
    struct sandbox_state state = {.is_off = true};
    struct sandbox_policy policy;

    if (setup->config.sandbox) {
        sandbox_policy_init(&policy);
        policy_fill(&policy, setup);
        sandbox_enter(&policy, &state);
        sandbox_policy_release(&policy);
    }
    log_state(&state, log);
}

void gateway_sandbox_print(const struct setup *setup)
{
    struct sandbox_state state = {.is_off = true};
    char text[SANDBOX_TEXT_SIZE];

    if (setup->config.sandbox)
        sandbox_probe(&state);
    printf("# %s\n", sandbox_describe(&state, text, sizeof(text)));
}
