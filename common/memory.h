/*
 * memory: allocation that does not fail.
 *
 * Everything in Belfry that grows has a limit of its own, which is checked
 * before the allocation. If the system runs out of memory nevertheless, the
 * only useful thing to do is to write one clear line, exit at once, and be
 * restarted by the supervisor: rows that were not confirmed are still pending.
 * So these functions never return NULL, and callers need no code for it.
 */
#ifndef BELFRY_COMMON_MEMORY_H
#define BELFRY_COMMON_MEMORY_H

#include <stddef.h>

void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull));
void *mem_zalloc(size_t size) __attribute__((malloc, returns_nonnull));
/* A zeroed array of `count` elements of `size`; the multiplication is checked. */
void *mem_array(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *mem_resize(void *old, size_t size) __attribute__((returns_nonnull));
char *mem_strdup(const char *text) __attribute__((malloc, returns_nonnull));
char *mem_strndup(const char *text, size_t len) __attribute__((malloc, returns_nonnull));
/* As mem_strdup, but NULL for NULL. */
char *mem_strdup_or_null(const char *text);

/* Overwrites, but does not free: call it before free() on memory that held a secret. NULL is
 * allowed. */
void mem_wipe(void *data, size_t len);

#endif
