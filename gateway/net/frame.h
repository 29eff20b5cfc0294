/*
 * frame: a WebSocket frame on its way out (RFC 6455, section 5.2), made once
 * and shared by all who receive it.
 *
 * A frame is whole (FIN set), not masked, and never changes once made. It is
 * reference counted: frame_new gives one reference, each connection that queues
 * it holds another until its bytes are written. For one thread only (the loop).
 *
 * A message can also be sent by something other than a WebSocket: frame_kind
 * and frame_payload find kind and payload in the same bytes, so one frame
 * serves all. If what is sent then differs from the payload, it too is made once
 * and kept with the frame (frame_keep_form).
 */
#ifndef BELFRY_GATEWAY_NET_FRAME_H
#define BELFRY_GATEWAY_NET_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum frame_kind {
    FRAME_TEXT = 0x1,
    FRAME_BINARY = 0x2,
    FRAME_CLOSE = 0x8,
    FRAME_PING = 0x9,
    FRAME_PONG = 0xa
};

/* Close codes (RFC 6455, section 7.4.1). */
enum close_code {
    CLOSE_NORMAL = 1000,
    CLOSE_GOING_AWAY = 1001,
    CLOSE_PROTOCOL_ERROR = 1002,
    CLOSE_UNSUPPORTED = 1003,
    CLOSE_NO_STATUS = 1005, /* never sent: closed without a code */
    CLOSE_ABNORMAL = 1006,  /* never sent: the connection was lost */
    CLOSE_INVALID_DATA = 1007,
    CLOSE_TOO_BIG = 1009,
    CLOSE_SERVICE_RESTART = 1012,
    CLOSE_TRY_AGAIN_LATER = 1013
};

struct frame {
    uint32_t references;
    uint32_t len;       /* header included */
    struct frame *form; /* frame_keep_form, or NULL */
    unsigned char bytes[];
};

struct frame *frame_new(enum frame_kind kind, const void *payload, size_t len);
/* Two payload parts in one frame, so that a prefix need not be copied in front of shared text. */
struct frame *frame_new2(enum frame_kind kind, const void *first, size_t first_len,
    const void *second, size_t second_len);
/* Bytes without a header, for HTTP. */
struct frame *frame_raw(const void *bytes, size_t len);
/* A close frame with code and reason (RFC 6455, section 5.5.1); the reason is cut to 123 bytes.
 * CLOSE_NO_STATUS makes one with neither. */
struct frame *frame_close(uint16_t code, const char *reason);

/* Not of a raw frame. The payload is lent as long as the frame lives. */
enum frame_kind frame_kind(const struct frame *frame);
const void *frame_payload(const struct frame *frame, size_t *len);

/* Keeps the form in which something other than a WebSocket sends the message, and takes over the
 * caller's reference to it. frame_form: NULL if none is kept yet. */
void frame_keep_form(struct frame *frame, struct frame *form);
struct frame *frame_form(const struct frame *frame);

struct frame *frame_ref(struct frame *frame);
void frame_unref(struct frame *frame);

#endif
