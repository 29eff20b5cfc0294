/*
 * sanitized: whether this build has AddressSanitizer. LeakSanitizer traces the
 * process at its end, which the sandbox of other builds forbids.
 */
#ifndef BELFRY_COMMON_SANITIZED_H
#define BELFRY_COMMON_SANITIZED_H

#include <stdbool.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define BELFRY_SANITIZED 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define BELFRY_SANITIZED 1
#endif

#ifdef BELFRY_SANITIZED
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

#endif
