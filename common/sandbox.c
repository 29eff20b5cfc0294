#include "common/sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "common/memory.h"
#include "common/system_calls.h"

void sandbox_policy_init(struct sandbox_policy *policy)
{
    *policy = (struct sandbox_policy){.count = 0};
}

void sandbox_policy_release(struct sandbox_policy *policy)
{
    for (size_t i = 0; i < policy->count; i++)
        free(policy->paths[i].path);
    free(policy->paths);
    sandbox_policy_init(policy);
}

void sandbox_allow(struct sandbox_policy *policy, enum landlock_use use, const char *path)
{
    if (!path || !*path)
        return;
    policy->paths = mem_resize(policy->paths, (policy->count + 1) * sizeof(*policy->paths));
    policy->paths[policy->count++] = (struct landlock_path){mem_strdup(path), use};
}

/* Landlock first: seccomp forbids its system calls. */
void sandbox_enter(const struct sandbox_policy *policy, struct sandbox_state *state)
{
    *state = (struct sandbox_state){.is_off = false};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        reason_set(&state->no_landlock, "no_new_privs: %s", strerror(errno));
        state->no_seccomp = state->no_landlock;
        return;
    }
    if (landlock_restrict(policy->paths, policy->count, &state->no_landlock) == 0)
        state->landlock = landlock_version(NULL);
    state->seccomp = system_calls_restrict(policy->internet, &state->no_seccomp) == 0;
}

void sandbox_probe(struct sandbox_state *state)
{
    *state = (struct sandbox_state){.is_off = false};
    state->seccomp = system_calls_can_be_restricted(&state->no_seccomp);
    state->landlock = landlock_version(&state->no_landlock);
}

char *sandbox_describe(const struct sandbox_state *state, char *out, size_t size)
{
    char landlock[600];

    if (state->landlock > 0)
        snprintf(landlock, sizeof(landlock), "Landlock (ABI %d)", state->landlock);
    else
        snprintf(landlock, sizeof(landlock), "Landlock: %s", state->no_landlock.text);
    if (state->is_off)
        snprintf(out, size, "sandbox: off, as configured");
    else if (state->seccomp)
        snprintf(out, size, "sandbox: seccomp%s%s", state->landlock > 0 ? " and " : "; ", landlock);
    else
        snprintf(out, size, "sandbox: %s; seccomp: %s", landlock, state->no_seccomp.text);
    return out;
}
