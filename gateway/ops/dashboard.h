/*
 * dashboard: the administrator's page, as files that are built in.
 *
 * They are written as what they are, in gateway/ops/dashboard, and become
 * dashboard_files.c when the gateway is built. The page asks /metrics, and
 * nothing else; its Content-Security-Policy lets it load nothing from elsewhere.
 */
#ifndef BELFRY_GATEWAY_OPS_DASHBOARD_H
#define BELFRY_GATEWAY_OPS_DASHBOARD_H

/* HTTP fields for all of them. */
#define DASHBOARD_FIELDS \
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; " \
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; " \
    "frame-ancestors 'none'\r\n" \
    "Referrer-Policy: no-referrer\r\n" \
    "Cross-Origin-Resource-Policy: same-origin\r\n"

struct dashboard_file {
    const char *path; /* "/style.css" */
    const char *type; /* its Content-Type */
    const char *text;
};

/* NULL if no file has that path. */
const struct dashboard_file *dashboard_find(const char *path);

/* Of dashboard_files.c. */
extern const char dashboard_index[], dashboard_style[], dashboard_main[], dashboard_figures[],
    dashboard_plot[];

#endif
