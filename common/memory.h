/*
 * memory: allocation that does not fail.
 *
 * Everything that grows in Belfry has a bound of its own, checked before the
 * allocation. If the system has no memory left even so, there is no useful
 * answer but to end at once with one clear line and be restarted by the
 * supervisor: rows not confirmed are still pending. So these never return
 * NULL, and callers need no path for it.
 */
#ifndef BELFRY_COMMON_MEMORY_H
#define BELFRY_COMMON_MEMORY_H

#include <stddef.h>

void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull));
void *mem_zalloc(size_t size) __attribute__((malloc, returns_nonnull));
/* An array of `count` members of `size`; the product is checked. Zeroed. */
void *mem_array(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *mem_resize(void *old, size_t size) __attribute__((returns_nonnull));
char *mem_strdup(const char *text) __attribute__((malloc, returns_nonnull));
char *mem_strndup(const char *text, size_t len) __attribute__((malloc, returns_nonnull));
/* mem_strdup, and NULL for NULL. */
char *mem_strdup_or_null(const char *text);

/* Overwrites, and does not free: call it before free() on what held a secret. NULL is fine. */
void mem_wipe(void *data, size_t len);

#endif
