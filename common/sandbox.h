/*
 * sandbox: what a program gives up once it has started, so that whoever takes
 * it over can do little with it: system calls it does not need (seccomp,
 * system_calls.h), files it does not need (Landlock, landlock.h), and new
 * rights by starting programs (no_new_privs). The kernel holds it, and nothing
 * inside the process can undo it.
 *
 *     struct sandbox_policy policy;
 *     sandbox_policy_init(&policy);
 *     …                                    // sandbox_policy.h: what stays allowed
 *     sandbox_enter(&policy, &state);      // while there is one thread
 *     sandbox_policy_release(&policy);
 *     log_info(&log, "%s", sandbox_describe(&state, text, sizeof(text)));
 *
 * It must be entered before the first thread is started, since Landlock holds
 * the calling thread and those it starts later. A process that must still start
 * programs forks, before it enters, a small one that does so for it: both parts
 * are inherited by children and survive execve().
 *
 * A part that the kernel does not have is left out, and the state says so: the
 * program still runs, as safe as it was without. What is not in the policy
 * fails with EACCES (files) and ENOSYS or EAFNOSUPPORT (system calls).
 */
#ifndef BELFRY_COMMON_SANDBOX_H
#define BELFRY_COMMON_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "common/landlock.h"
#include "common/reason.h"

struct sandbox_policy {
    struct landlock_path *paths; /* owned, as each path is */
    size_t count;
    bool internet; /* may use sockets of IPv4 and IPv6, besides Unix sockets */
};

/* What is in force; or with sandbox_probe, what could be. */
struct sandbox_state {
    bool is_off;  /* by the configuration */
    bool seccomp; /* if not, why */
    int landlock; /* its version; 0: not in force, and why */
    struct reason no_seccomp, no_landlock;
};

void sandbox_policy_init(struct sandbox_policy *policy);
void sandbox_policy_release(struct sandbox_policy *policy);
/* Allows the file or folder, which is copied; NULL or "" is ignored. */
void sandbox_allow(struct sandbox_policy *policy, enum landlock_use use, const char *path);

void sandbox_enter(const struct sandbox_policy *policy, struct sandbox_state *state);
void sandbox_probe(struct sandbox_state *state);

#define SANDBOX_TEXT_SIZE 1200
/* "sandbox: seccomp and Landlock (ABI 3)". Returns out. */
char *sandbox_describe(const struct sandbox_state *state, char *out, size_t size);

#endif
