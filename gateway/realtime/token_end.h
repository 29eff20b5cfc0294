/*
 * token_end: what becomes of a client whose token ends: a warning before it
 * (`auth:expiring`), and the close behind it.
 *
 * The warning comes when a tenth of the token's life is left, five minutes at
 * most: once a token, and never again where a refresh brought one that ends no
 * later.
 */
#ifndef BELFRY_GATEWAY_REALTIME_TOKEN_END_H
#define BELFRY_GATEWAY_REALTIME_TOKEN_END_H

struct client;

/* The client's claims are those of a token that was accepted just now. */
void token_end_begin(struct client *client);
/* Tokens end by wall time and timers run by steady time: to be called when the two have drifted
 * apart. */
void token_end_reset(struct client *client);

#endif
