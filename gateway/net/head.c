#include "gateway/net/head.h"

#include <string.h>

static enum head_progress refuse(struct http_refusal *refusal, int status, const char *reason)
{
    *refusal = (struct http_refusal){status, reason};
    return HEAD_REFUSED;
}

/* tchar of RFC 9110, section 5.6.2. */
static bool is_token(unsigned char octet)
{
    return (octet >= '0' && octet <= '9') || (octet >= 'A' && octet <= 'Z') ||
           (octet >= 'a' && octet <= 'z') || (octet != '\0' && strchr("!#$%&'*+-.^_`|~", octet));
}

static bool is_control(unsigned char octet)
{
    return octet < 0x20 || octet == 0x7f;
}

static enum head_progress end_of_line(struct head *head, struct http_refusal *refusal)
{
    if (head->part == HEAD_NAME)
        return refuse(refusal, 400, "Header line without a colon");
    if (head->part == HEAD_LINE_START)
        return HEAD_WHOLE;
    if (head->part != HEAD_LEADING)
        head->part = HEAD_LINE_START;
    head->line = 0;
    return HEAD_MORE;
}

static enum head_progress in_request_line(
    struct head *head, unsigned char octet, struct http_refusal *refusal)
{
    head->part = HEAD_REQUEST_LINE;
    if (is_control(octet) || octet >= 0x80)
        return refuse(refusal, 400, "Octet not allowed in the request line");
    if (++head->line > HEAD_MAX_LINE)
        return refuse(refusal, 414, "Request line too long");
    return HEAD_MORE;
}

static enum head_progress in_name(
    struct head *head, unsigned char octet, struct http_refusal *refusal)
{
    if (octet == ':' && head->part == HEAD_NAME) {
        head->part = HEAD_VALUE;
        return HEAD_MORE;
    }
    if (!is_token(octet))
        return refuse(refusal, 400, "Octet not allowed in a header name");
    if (head->part == HEAD_LINE_START && ++head->fields > HEAD_MAX_FIELDS)
        return refuse(refusal, 431, "Too many header fields");
    head->part = HEAD_NAME;
    return HEAD_MORE;
}

static enum head_progress in_line(
    struct head *head, unsigned char octet, struct http_refusal *refusal)
{
    switch (head->part) {
    case HEAD_LEADING:
    case HEAD_REQUEST_LINE:
        return in_request_line(head, octet, refusal);
    case HEAD_LINE_START:
    case HEAD_NAME:
        return in_name(head, octet, refusal);
    case HEAD_VALUE:
        break;
    }
    if (is_control(octet) && octet != '\t')
        return refuse(refusal, 400, "Control octet in a header value");
    return HEAD_MORE;
}

enum head_progress head_octet(struct head *head, unsigned char octet, struct http_refusal *refusal)
{
    if (++head->octets > HEAD_MAX_OCTETS)
        return refuse(refusal, 431, "Header too large");
    if (octet == '\n' && !head->cr)
        return refuse(refusal, 400, "Line feed without carriage return");
    if (octet != '\n' && head->cr)
        return refuse(refusal, 400, "Carriage return without line feed");
    head->cr = octet == '\r';
    if (head->cr)
        return HEAD_MORE;
    return octet == '\n' ? end_of_line(head, refusal) : in_line(head, octet, refusal);
}
