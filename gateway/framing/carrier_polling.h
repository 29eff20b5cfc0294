/*
 * carrier_polling: a session carried by HTTP requests, Engine.IO's long polling.
 * polling_session.h says how; this is what the session above sees of it.
 */
#ifndef BELFRY_GATEWAY_FRAMING_CARRIER_POLLING_H
#define BELFRY_GATEWAY_FRAMING_CARRIER_POLLING_H

#include "gateway/framing/carrier.h"

struct polling;

struct carrier carrier_polling(struct polling *polling);

#endif
