#include "fcgi/program_sandbox.h"

#include "common/sandbox_policy.h"

static void policy_fill(struct sandbox_policy *policy, const struct program_settings *settings,
    const struct server_socket *socket)
{
    sandbox_allow_system(policy);
    sandbox_allow_config(policy, &settings->config);
    if (socket->path)
        sandbox_allow_socket(policy, socket->path);
    if (settings->kind->allow)
        settings->kind->allow(&settings->config, policy);
}

void program_sandbox_enter(const struct program_settings *settings,
    const struct server_socket *socket, const struct logger *log)
{
    struct sandbox_state state = {.is_off = true};
    char text[SANDBOX_TEXT_SIZE];
    struct sandbox_policy policy;

    if (settings->config.sandbox) {
        sandbox_policy_init(&policy);
        policy_fill(&policy, settings, socket);
        sandbox_enter(&policy, &state);
        sandbox_policy_release(&policy);
    }
    log_info(log, "%s", sandbox_describe(&state, text, sizeof(text)));
}

void program_sandbox_describe(const struct program_settings *settings, struct buf *out)
{
    struct sandbox_state state = {.is_off = true};
    char text[SANDBOX_TEXT_SIZE];

    if (settings->config.sandbox)
        sandbox_probe(&state);
    buf_addf(out, "%s\n", sandbox_describe(&state, text, sizeof(text)));
}
