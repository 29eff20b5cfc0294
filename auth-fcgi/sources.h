/*
 * sources: the configured list of session sources, in its order: the first one
 * that finds a session decides. If none does and one could not look, the verdict
 * is that one's (unavailable), not that there is no session.
 *
 * The list belongs to one thread, as each source does.
 */
#ifndef BELFRY_AUTH_SOURCES_H
#define BELFRY_AUTH_SOURCES_H

#include <stdbool.h>

#include "auth-fcgi/source.h"

struct sources;

/* Checks whether all of `session_sources` are known, and whether each of the other settings about
 * sessions is read by one of them. Returns 0, or -1 with the reason. */
int sources_check(const struct config *config, struct reason *why);

/* Returns NULL with the reason where a source is unknown or lacks what it needs. */
struct sources *sources_open(const struct source_context *context, struct reason *why);
void sources_close(struct sources *sources);

/* `session` is initialised, and has to be released whatever the verdict. Where none is found, `why`
 * joins the reasons of the sources. */
enum session_verdict sources_find(struct sources *sources, const struct credentials *credentials,
    struct session *session, struct reason *why);

/* Called with the verdict of one source. `session` is only filled where it was found; `why` is ""
 * where there is nothing to explain. */
typedef void sources_tell(void *context, const char *source, enum session_verdict verdict,
    const struct session *session, const struct reason *why);

/* Asks every source, in order, whatever the others say, to find a mistake. Returns whether one
 * found a session. */
bool sources_judge(struct sources *sources, const struct credentials *credentials,
    sources_tell *tell, void *context);

/* Describes each source. Returns 0, or -1 where one would not work. */
int sources_describe(struct sources *sources, struct buf *out);

#endif
