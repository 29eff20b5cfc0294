/*
 * reason: why something did not work, in words for whoever has to mend it.
 *
 * Belfry's libraries log nothing. A function that can fail takes a
 * `struct reason *`, and on failure leaves a sentence there that names the
 * thing concerned and, where one is known, what to do. The program that called
 * logs or prints it, with the object it concerns.
 *
 *     if (config_load(&config, path, &why) < 0)
 *         log_error(&log, "%s", why.text);
 *
 * Invariant: `text` is NUL-terminated, never holds a secret, and holds no
 * control octets (they come out escaped), so it is safe in a log line.
 */
#ifndef BELFRY_COMMON_REASON_H
#define BELFRY_COMMON_REASON_H

struct reason {
    char text[512];
};

/* Sets the sentence; cut where it is too long. Returns -1, so that a function
 * may end with `return reason_set(why, …)`. `why` may be NULL. */
int reason_set(struct reason *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts words in front of a reason that came from below: "opening the queue: …". Returns -1. */
int reason_prefix(struct reason *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
