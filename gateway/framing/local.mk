# libframing: Engine.IO, Socket.IO and plain JSON over WebSocket.
noinst_LIBRARIES += libframing.a

libframing_a_SOURCES = \
	gateway/framing/attachments.c gateway/framing/attachments.h \
	gateway/framing/candidate.c gateway/framing/candidate.h \
	gateway/framing/carrier.h \
	gateway/framing/carrier_events.c gateway/framing/carrier_events.h \
	gateway/framing/carrier_polling.c gateway/framing/carrier_polling.h \
	gateway/framing/carrier_websocket.c gateway/framing/carrier_websocket.h \
	gateway/framing/cors.c gateway/framing/cors.h \
	gateway/framing/directory.c gateway/framing/directory.h \
	gateway/framing/engineio.c gateway/framing/engineio.h \
	gateway/framing/event.c gateway/framing/event.h \
	gateway/framing/event_answer.c gateway/framing/event_answer.h \
	gateway/framing/event_id.c gateway/framing/event_id.h \
	gateway/framing/event_lines.c gateway/framing/event_lines.h \
	gateway/framing/event_post.c gateway/framing/event_post.h \
	gateway/framing/events_request.c gateway/framing/events_request.h \
	gateway/framing/framing.h \
	gateway/framing/framings.c gateway/framing/framings.h \
	gateway/framing/handover.c gateway/framing/handover.h \
	gateway/framing/heartbeat.c gateway/framing/heartbeat.h \
	gateway/framing/message.c gateway/framing/message.h \
	gateway/framing/namespaces.c gateway/framing/namespaces.h \
	gateway/framing/packet.c gateway/framing/packet.h \
	gateway/framing/peer.c gateway/framing/peer.h \
	gateway/framing/peers.c gateway/framing/peers.h \
	gateway/framing/plain.c \
	gateway/framing/polling_body.c gateway/framing/polling_body.h \
	gateway/framing/polling_queue.c gateway/framing/polling_queue.h \
	gateway/framing/polling_request.c gateway/framing/polling_request.h \
	gateway/framing/polling_session.c gateway/framing/polling_session.h \
	gateway/framing/polling_state.h \
	gateway/framing/refusal.c gateway/framing/refusal.h \
	gateway/framing/refusal_count.c gateway/framing/refusal_count.h \
	gateway/framing/seal.c gateway/framing/seal.h \
	gateway/framing/session.c gateway/framing/session.h \
	gateway/framing/session_index.c gateway/framing/session_index.h \
	gateway/framing/session_state.h \
	gateway/framing/socketio.c \
	gateway/framing/spelling.c gateway/framing/spelling.h \
	gateway/framing/upgrade.c gateway/framing/upgrade.h

# What a program links that uses libframing.
FRAMING_LIBS = libframing.a $(NET_LIBS) $(BELFRY_LIBS)
