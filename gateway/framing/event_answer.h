/*
 * event_answer: how requests to the event stream are refused.
 */
#ifndef BELFRY_GATEWAY_FRAMING_EVENT_ANSWER_H
#define BELFRY_GATEWAY_FRAMING_EVENT_ANSWER_H

struct exchange;

/* Answers {"code","message"}. */
void event_answer_error(struct exchange *exchange, int status, const char *code, const char *text);
/* The HTTP status for a close code of refusal.h. */
int event_answer_status(int close_code);

#endif
