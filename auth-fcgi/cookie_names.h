/*
 * names: which cookies of a request may hold its session.
 *
 * Over HTTPS frameworks prefix their cookies with "__Secure-", and a browser
 * lets nobody set one of these who is not on HTTPS. An unprefixed one beside
 * them can come from a sibling host or from plain HTTP (cookie tossing), so
 * then it does not count. That a "__Secure-" cookie arrives shows HTTPS as
 * well, where TLS ends in front of the web server.
 */
#ifndef BELFRY_AUTH_COOKIE_NAMES_H
#define BELFRY_AUTH_COOKIE_NAMES_H

#include "auth-fcgi/source.h"

/* Ends with NULL. */
struct cookie_names {
    const char *items[3];
};

/* Those of Auth.js and NextAuth, or the one that is configured in their place. */
struct cookie_names cookie_names_of_authjs(
    const struct credentials *credentials, const struct config *config);
/* That of Better Auth, or the one that is configured in its place; `storage`, which is empty, may
 * hold it. */
struct cookie_names cookie_names_of_better_auth(
    const struct credentials *credentials, const struct config *config, struct buf *storage);

/* What one cookie is to a source. */
typedef enum session_verdict cookie_names_judge(void *source, const struct credentials *credentials,
    const char *name, struct session *session, struct reason *why);

/* Asks about each of the names. Where two are sessions, they have to be those of one user: somebody
 * else may have set the other (cookie.h). So has one without "__Secure-" where only another cookie
 * tells of HTTPS. */
enum session_verdict cookie_names_find(const struct cookie_names *names,
    const struct credentials *credentials, cookie_names_judge *judge, void *source,
    struct session *session, struct reason *why);

/* Where none of the names is there: says so, or of one that would be, did it have the prefix. */
void cookie_names_explain_absence(
    const struct cookie_names *names, const struct credentials *credentials, struct reason *why);

#endif
