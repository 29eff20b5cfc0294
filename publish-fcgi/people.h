/*
 * people: who is connected, and whose tokens are refused from now on.
 */
#ifndef BELFRY_PUBLISH_PEOPLE_H
#define BELFRY_PUBLISH_PEOPLE_H

#include "publish-fcgi/turn.h"

#define PEOPLE_PRESENCE_MAX 100

/* GET presence?user=…: {"users":[{"userId","isOnline","lastSeen"}]}. */
void people_show_presence(struct publish_turn *turn);
/* DELETE sessions?user=…: a row in `revocations`. */
void people_revoke(struct publish_turn *turn);

#endif
