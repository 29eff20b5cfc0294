/*
 * cookie_names: which cookies of a request may contain its session.
 *
 * Over HTTPS, frameworks prefix the names of their cookies with "__Secure-", and
 * browsers do not let such a cookie be set over plain HTTP. One without the prefix
 * can come from a sibling host or from plain HTTP (cookie tossing), so over HTTPS
 * it does not count. Where TLS ends before the web server, a "__Secure-" cookie in
 * the request also shows that it came over HTTPS.
 */
#ifndef BELFRY_AUTH_COOKIE_NAMES_H
#define BELFRY_AUTH_COOKIE_NAMES_H

#include "auth-fcgi/source.h"

/* NULL at the end. */
struct cookie_names {
    const char *items[3];
};

/* Those of Auth.js and NextAuth, or the one that is configured instead. */
struct cookie_names cookie_names_of_authjs(
    const struct credentials *credentials, const struct config *config);
/* That of Better Auth, or the one that is configured instead. `storage` is empty; the name may be
 * stored in it. */
struct cookie_names cookie_names_of_better_auth(
    const struct credentials *credentials, const struct config *config, struct buf *storage);

/* A source's verdict about one cookie. */
typedef enum session_verdict cookie_names_judge(void *source, const struct credentials *credentials,
    const char *name, struct session *session, struct reason *why);

/* Judges the cookies with these names. If two are sessions, they have to be of one user: somebody
 * else may have set the other (cookie.h). The same holds for a cookie without "__Secure-", if only
 * the prefix of another one shows that the request came over HTTPS. */
enum session_verdict cookie_names_find(const struct cookie_names *names,
    const struct credentials *credentials, cookie_names_judge *judge, void *source,
    struct session *session, struct reason *why);

/* For when there is no cookie of these names: says so, or that one lacks the prefix. */
void cookie_names_explain_absence(
    const struct cookie_names *names, const struct credentials *credentials, struct reason *why);

#endif
