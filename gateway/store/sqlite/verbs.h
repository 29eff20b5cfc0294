/*
 * verbs: the verbs of each file in this directory, and the statements they
 * need. sqlite.c makes the engine from them.
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_VERBS_H
#define BELFRY_GATEWAY_STORE_SQLITE_VERBS_H

#include "gateway/store/engine.h"
#include "gateway/store/sqlite/statements.h"

extern const struct statement_group sqlite_broadcast_statements;
extern const struct statement_group sqlite_change_statements;
extern const struct statement_group sqlite_file_statements;
extern const struct statement_group sqlite_identity_statements;
extern const struct statement_group sqlite_member_statements;
extern const struct statement_group sqlite_message_statements;
extern const struct statement_group sqlite_notification_statements;
extern const struct statement_group sqlite_presence_statements;
extern const struct statement_group sqlite_retention_statements;
extern const struct statement_group sqlite_schedule_statements;
extern const struct statement_group sqlite_sibling_statements;
extern const struct statement_group sqlite_token_statements;

extern const struct broadcast_verbs sqlite_broadcasts;
extern const struct change_verbs sqlite_changes;
extern const struct member_verbs sqlite_members;
extern const struct message_verbs sqlite_messages;
extern const struct notification_verbs sqlite_notifications;
extern const struct presence_verbs sqlite_presence;
extern const struct retention_verbs sqlite_retention;
extern const struct schedule_verbs sqlite_schedule;
extern const struct sibling_verbs sqlite_siblings;
extern const struct token_verbs sqlite_tokens;

#endif
