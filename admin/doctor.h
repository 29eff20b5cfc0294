/*
 * doctor: `belfry doctor`, looks at what goes wrong in the field, and says for
 * each fault what to do.
 *
 * The checks are the rows of one table (doctor.c), in the order in which what
 * is further on depends on what comes before; each group of them is in a file
 * doctor_*.c. A check reports one finding or more, and takes ten seconds at
 * most. It changes nothing, but for one notification to a test user, which it
 * takes away again.
 */
#ifndef BELFRY_ADMIN_DOCTOR_H
#define BELFRY_ADMIN_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "admin/command.h"
#include "admin/wire.h"

/* What one request, or one wait, of a check may take. */
#define DOCTOR_PATIENCE_MS 4000

struct doctor {
    const struct admin *admin;
    const char *user;        /* the test user */
    const char *url;         /* of the site, or NULL */
    struct wire_target site; /* the same, in parts */
    char *cookie;            /* the value of a field Cookie, or NULL; a secret */
    const char *check;       /* that runs */
    json_t *findings;
    bool has_fault;
    bool is_ready; /* the gateway is, so what needs it can be checked */
};

/* Reports that something is well; or what is wrong, and in one sentence what to do about it. */
void doctor_well(struct doctor *doctor, const char *what, ...)
    __attribute__((format(printf, 2, 3)));
void doctor_fault(struct doctor *doctor, const char *todo, const char *what, ...)
    __attribute__((format(printf, 3, 4)));

/* The checks. */
void doctor_configuration(struct doctor *doctor);
void doctor_secrets(struct doctor *doctor);
void doctor_layout(struct doctor *doctor);
void doctor_database(struct doctor *doctor);
void doctor_rights(struct doctor *doctor);
void doctor_space(struct doctor *doctor);
void doctor_gateway(struct doctor *doctor);
void doctor_descriptors(struct doctor *doctor);
void doctor_auth(struct doctor *doctor);
void doctor_notification(struct doctor *doctor);
void doctor_site_token(struct doctor *doctor);
void doctor_site_upgrade(struct doctor *doctor);
void doctor_site_origin(struct doctor *doctor);
void doctor_site_polling(struct doctor *doctor);
void doctor_site_heartbeat(struct doctor *doctor);
void doctor_site_clock(struct doctor *doctor);

extern const struct command doctor_command;

#endif
