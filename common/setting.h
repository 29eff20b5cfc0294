/*
 * setting: a row of the configuration's table, and the types that a value can
 * have.
 *
 * A type reads text into its place in a struct, writes it back as text that it
 * could read again, and frees what it holds there. Reading replaces the
 * previous value, or leaves it alone if the text is refused. The reason says
 * what is wrong with the value; the caller adds which setting it is.
 */
#ifndef BELFRY_COMMON_SETTING_H
#define BELFRY_COMMON_SETTING_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/reason.h"

/* The most items of a list. */
#define SETTING_LIST_MAX 256

struct setting;

struct setting_type {
    int (*read)(const struct setting *setting, const char *text, void *place, struct reason *why);
    void (*print)(const void *place, struct buf *out);
    void (*release)(void *place); /* NULL if there is nothing to free */
};

struct setting {
    const char *section;
    const char *key;
    const struct setting_type *type;
    const char *fallback; /* the default, as it would be written in the file */
    bool whole;    /* a comment after the value is refused, since it may be the rest of the value */
    size_t offset; /* in struct config */
    int64_t min, max;    /* of numbers; milliseconds, bytes */
    const char *choices; /* of setting_choice and setting_words: "off|normal|full"; "|express" also
                            allows the empty value */
    unsigned fixed_in;   /* enum config_program: those that need a restart when it changes */
};

extern const struct setting_type setting_text; /* char * */
extern const struct setting_type setting_path; /* char *, of a file, not empty */
extern const struct setting_type
    setting_database; /* char *, of a file or the URL of a PostgreSQL database */
extern const struct setting_type setting_optional_database; /* the same, or empty */
extern const struct setting_type setting_url_path;          /* char *, begins with a slash */
extern const struct setting_type setting_choice;            /* char *, one of `choices` */
extern const struct setting_type setting_flag;   /* bool: yes, no, true, false, on, off, 1, 0 */
extern const struct setting_type setting_number; /* int64_t */
extern const struct setting_type
    setting_limit; /* int64_t; empty is 0, which means no limit of its own */
extern const struct setting_type setting_duration; /* int64_t ms; 250ms, 30s, 5m, 1h, 30 */
extern const struct setting_type setting_size;     /* int64_t bytes; 512, 64K, 1M */
extern const struct setting_type setting_list;     /* struct config_list, separated by commas */
extern const struct setting_type setting_words;    /* the same, of `choices`, one at least */
extern const struct setting_type setting_origins;  /* the same, of web origins */
extern const struct setting_type
    setting_topics; /* the same, of topics that everybody may subscribe to */
extern const struct setting_type setting_log_level;  /* enum log_level */
extern const struct setting_type setting_log_format; /* enum log_format */

#endif
