/*
 * nchan: a WebSocket whose path names the channel; what arrives is what was
 * published. The publisher is a WebSocket of a publishing location (--publish-path),
 * whose replies ("queued messages: 1 …") are not needed.
 */
#include "bench/load/dialect.h"

static void nchan_opened(struct member *member)
{
    member_welcomed(member);
}

static void nchan_message(struct member *member, char *text, size_t len)
{
    if (!member_delivered(member, text, len) && !member->publishes)
        member_refused(member, text, len);
}

static void nchan_publish(struct member *member, const char *topic, const char *payload, size_t len)
{
    (void)topic;
    link_send(&member->link, FRAME_TEXT, payload, len);
}

const struct dialect dialect_nchan = {
    .name = "nchan",
    .path = "/sub/",
    .public_prefix = "",
    .talk_prefix = "",
    .bearer = true,
    .topic_in_path = true,
    .opened = nchan_opened,
    .message = nchan_message,
    .publish = nchan_publish,
};
