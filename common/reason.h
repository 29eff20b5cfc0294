/*
 * reason: why something failed, in words for the person who has to fix it.
 *
 * Belfry's libraries do not log. A function that can fail takes a `struct
 * reason *`, and on failure leaves a sentence there that names what it is about
 * and, if known, what to do. The program that called it logs or prints the
 * sentence.
 *
 *     if (config_load(&config, path, NULL, NULL, &why) < 0)
 *         log_error(&log, "%s", why.text);
 *
 * Invariant: `text` is NUL-terminated, never holds a secret, and holds no
 * control characters (they are escaped), so it is safe in a log line.
 */
#ifndef BELFRY_COMMON_REASON_H
#define BELFRY_COMMON_REASON_H

struct reason {
    char text[512];
};

/* Sets the sentence, cut if it is too long. Returns -1, so that a function can end with `return
 * reason_set(why, …)`. `why` may be NULL. */
int reason_set(struct reason *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts words before a reason that another function has set: "opening the queue: …". Returns -1. */
int reason_prefix(struct reason *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
