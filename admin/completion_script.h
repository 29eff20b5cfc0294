/*
 * completion_script: the scripts of the shells. They read no file and run no
 * program.
 */
#ifndef BELFRY_ADMIN_COMPLETION_SCRIPT_H
#define BELFRY_ADMIN_COMPLETION_SCRIPT_H

#include <stdio.h>

/* Both are one table of cases, between what the shell begins and ends with. */
void completion_print_bash(FILE *out);
void completion_print_zsh(FILE *out);

void completion_print_fish(FILE *out);

#endif
