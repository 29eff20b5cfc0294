/*
 * responder: takes a request from FastCGI or CGI, and gives its whole answer.
 *
 * It reads the request, refuses what is wrong with it in any endpoint's eyes,
 * and lets the endpoint answer the others. It belongs to one thread, as does the
 * endpoint that it has open.
 *
 *     struct responder *responder = responder_open(settings, &clock, &log);
 *     responder_answer(responder, &input, ENDPOINT_MAY_BLOCK, &out);   // "Status: 200 OK\r\n…"
 *     responder_close(responder);
 */
#ifndef BELFRY_FCGI_RESPONDER_H
#define BELFRY_FCGI_RESPONDER_H

#include "fcgi/endpoint.h"
#include "fcgi/program_settings.h"

struct responder;

/* Shares the settings; borrows clock and log. */
struct responder *responder_open(
    struct program_settings *settings, const struct clock *clock, const struct logger *log);
void responder_close(struct responder *responder);

/* Appends to `out`, which should take the endpoint's answer_max. */
enum endpoint_result responder_answer(struct responder *responder, const struct cgi_input *input,
    enum endpoint_patience patience, struct buf *out);

/* As the functions of the endpoint (endpoint.h). */
const char *responder_fault(struct responder *responder);
int responder_describe(struct responder *responder, struct buf *out);

#endif
