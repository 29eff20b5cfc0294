/*
 * fcgi_records: FastCGI as a web server speaks it, for tests.
 */
#ifndef BELFRY_TESTS_UNIT_FCGI_RECORDS_H
#define BELFRY_TESTS_UNIT_FCGI_RECORDS_H

#include <fastcgi.h>
#include <stdint.h>

#include "common/buf.h"

void record_add(struct buf *out, int type, uint16_t id, const void *content, size_t len);
/* BEGIN_REQUEST of a responder. */
void record_begin(struct buf *out, uint16_t id, bool keep);
/* A pair into the content of PARAMS. */
void param_add(struct buf *params, const char *name, const char *value);
/* A whole request: a GET, and a cookie unless it is NULL. */
void request_add(struct buf *out, uint16_t id, bool keep, const char *cookie);

#endif
