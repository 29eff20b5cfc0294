/*
 * token_maker: the HS256 tokens of thousands of users, as a web application makes them.
 *
 * libbelfry's token_issue costs four times as much, which a generator of
 * connections would measure as part of itself.
 */
#ifndef BELFRY_BENCH_LOAD_TOKEN_MAKER_H
#define BELFRY_BENCH_LOAD_TOKEN_MAKER_H

#include <stddef.h>

#include "common/reason.h"
#include "common/secret.h"

#define TOKEN_USER_SIZE 64

struct token_maker {
    struct secrets secrets; /* none: tokens are empty */
    char text[512];
};

/* `file` holds the secret; NULL: there are no tokens. 0, or -1 with the reason. */
int token_maker_init(struct token_maker *maker, const char *file, struct reason *why);
void token_maker_release(struct token_maker *maker);

/* A token that ends in four hours. It lasts until the next one is made. */
const char *token_make(struct token_maker *maker, const char *user);

#endif
