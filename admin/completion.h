/*
 * completion: prints the script with which a shell completes the command line
 * of belfry. All that it offers comes from the list of commands: their names,
 * their options, and the values of those that have few. Nothing is looked up in
 * the queue: ids may be millions, and a completion must not wait.
 */
#ifndef BELFRY_ADMIN_COMPLETION_H
#define BELFRY_ADMIN_COMPLETION_H

#include "admin/command.h"

extern const struct command completion_command;

#endif
