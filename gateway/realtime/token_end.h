/*
 * token_end: what happens when a client's token ends: a warning before
 * (`auth:expiring`), and then the close.
 *
 * The warning is sent when a tenth of the token's life is left, at most five
 * minutes: once per token, and not again if a refresh brought a token that ends
 * no later.
 */
#ifndef BELFRY_GATEWAY_REALTIME_TOKEN_END_H
#define BELFRY_GATEWAY_REALTIME_TOKEN_END_H

struct client;

/* The client has the claims of a token that was accepted just now. */
void token_end_begin(struct client *client);
/* Tokens end by wall time but timers run by steady time: call this when the two have drifted
 * apart. */
void token_end_reset(struct client *client);

#endif
