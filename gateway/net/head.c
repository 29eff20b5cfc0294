#include "gateway/net/head.h"

#include <string.h>

static enum head_progress head_refuse(struct http_refusal *refusal, int status, const char *reason)
{
    *refusal = (struct http_refusal){status, reason};
    return HEAD_REFUSED;
}

/* tchar of RFC 9110, section 5.6.2. */
static bool is_token(unsigned char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || (byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte));
}

static bool is_control_byte(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f;
}

static enum head_progress end_of_line(struct head *head, struct http_refusal *refusal)
{
    if (head->part == HEAD_NAME)
        return head_refuse(refusal, 400, "Header line without a colon");
    if (head->part == HEAD_LINE_START)
        return HEAD_WHOLE;
    if (head->part != HEAD_LEADING)
        head->part = HEAD_LINE_START;
    head->line = 0;
    return HEAD_MORE;
}

static enum head_progress in_request_line(
    struct head *head, unsigned char byte, struct http_refusal *refusal)
{
    head->part = HEAD_REQUEST_LINE;
    if (is_control_byte(byte) || byte >= 0x80)
        return head_refuse(refusal, 400, "Octet not allowed in the request line");
    if (++head->line > HEAD_MAX_LINE)
        return head_refuse(refusal, 414, "Request line too long");
    return HEAD_MORE;
}

static enum head_progress in_name(
    struct head *head, unsigned char byte, struct http_refusal *refusal)
{
    if (byte == ':' && head->part == HEAD_NAME) {
        head->part = HEAD_VALUE;
        return HEAD_MORE;
    }
    if (!is_token(byte))
        return head_refuse(refusal, 400, "Octet not allowed in a header name");
    if (head->part == HEAD_LINE_START && ++head->fields > HEAD_MAX_FIELDS)
        return head_refuse(refusal, 431, "Too many header fields");
    head->part = HEAD_NAME;
    return HEAD_MORE;
}

static enum head_progress in_line(
    struct head *head, unsigned char byte, struct http_refusal *refusal)
{
    switch (head->part) {
    case HEAD_LEADING:
    case HEAD_REQUEST_LINE:
        return in_request_line(head, byte, refusal);
    case HEAD_LINE_START:
    case HEAD_NAME:
        return in_name(head, byte, refusal);
    case HEAD_VALUE:
        break;
    }
    if (is_control_byte(byte) && byte != '\t')
        return head_refuse(refusal, 400, "Control octet in a header value");
    return HEAD_MORE;
}

enum head_progress head_take(struct head *head, unsigned char byte, struct http_refusal *refusal)
{
    if (++head->bytes > HEAD_MAX_BYTES)
        return head_refuse(refusal, 431, "Header too large");
    if (byte == '\n' && !head->cr)
        return head_refuse(refusal, 400, "Line feed without carriage return");
    if (byte != '\n' && head->cr)
        return head_refuse(refusal, 400, "Carriage return without line feed");
    head->cr = byte == '\r';
    if (head->cr)
        return HEAD_MORE;
    return byte == '\n' ? end_of_line(head, refusal) : in_line(head, byte, refusal);
}
