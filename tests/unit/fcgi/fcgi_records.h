/*
 * fcgi_records: writes the FastCGI records of a web server, for tests.
 */
#ifndef BELFRY_TESTS_UNIT_FCGI_RECORDS_H
#define BELFRY_TESTS_UNIT_FCGI_RECORDS_H

#include <fastcgi.h>
#include <stdint.h>

#include "common/buf.h"

void record_add(struct buf *out, int type, uint16_t id, const void *content, size_t len);
/* BEGIN_REQUEST for a responder. */
void record_begin(struct buf *out, uint16_t id, bool keep);
/* Appends a name-value pair to the content of PARAMS. */
void param_add(struct buf *params, const char *name, const char *value);
/* A complete request: a GET, with a cookie unless it is NULL. */
void request_add(struct buf *out, uint16_t id, bool keep, const char *cookie);

#endif
