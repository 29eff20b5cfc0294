/*
 * files: a temporary folder for a test that needs real files, and how many are open.
 *
 * Also includes the headers that cmocka needs before its own.
 */
#ifndef BELFRY_TESTS_UNIT_FILES_H
#define BELFRY_TESTS_UNIT_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A new empty folder. malloc()ed. */
char *folder_new(void);
/* Removes the folder and everything in it. */
void folder_remove(const char *folder);
/* folder/name. malloc()ed. */
char *path_in(const char *folder, const char *name);
/* Creates a file with this content, accessible to its owner only. */
void file_write(const char *path, const void *content, size_t len);
/* How many descriptors this process has open, to be compared with an earlier count. */
size_t open_descriptors(void);

#endif
