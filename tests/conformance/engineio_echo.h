/*
 * engineio_echo: Engine.IO alone, as a framing of its own: every message comes
 * back. It shows that a framing is one short file.
 */
#ifndef BELFRY_TESTS_CONFORMANCE_ENGINEIO_ECHO_H
#define BELFRY_TESTS_CONFORMANCE_ENGINEIO_ECHO_H

#include "gateway/framing/framing.h"

extern const struct framing engineio_echo;

#endif
