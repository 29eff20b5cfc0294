#include "gateway/ops/dashboard.h"

#include <stddef.h>
#include <string.h>

#define SCRIPT "text/javascript; charset=utf-8"

static const struct dashboard_file files[] = {
    {"/", "text/html; charset=utf-8", dashboard_index},
    {"/style.css", "text/css; charset=utf-8", dashboard_style},
    {"/main.js", SCRIPT, dashboard_main},
    {"/figures.js", SCRIPT, dashboard_figures},
    {"/plot.js", SCRIPT, dashboard_plot},
};

const struct dashboard_file *dashboard_find(const char *path)
{
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (strcmp(path, files[i].path) == 0)
            return &files[i];
    return NULL;
}
