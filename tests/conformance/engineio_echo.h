/*
 * engineio_echo: Engine.IO alone, as a framing of its own: what it hears it
 * says. It shows that a framing is one file.
 */
#ifndef BELFRY_TESTS_CONFORMANCE_ENGINEIO_ECHO_H
#define BELFRY_TESTS_CONFORMANCE_ENGINEIO_ECHO_H

#include "gateway/framing/framing.h"

extern const struct framing engineio_echo_framing;

#endif
