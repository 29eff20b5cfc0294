#include "admin/command.h"

#include "admin/backup.h"
#include "admin/broadcast.h"
#include "admin/completion.h"
#include "admin/connections.h"
#include "admin/conversation.h"
#include "admin/doctor.h"
#include "admin/explain.h"
#include "admin/init.h"
#include "admin/key.h"
#include "admin/listen.h"
#include "admin/migrate.h"
#include "admin/queue.h"
#include "admin/queue_change.h"
#include "admin/queue_list.h"
#include "admin/queue_stats.h"
#include "admin/restore.h"
#include "admin/revoke.h"
#include "admin/send.h"
#include "admin/session.h"
#include "admin/session_check.h"
#include "admin/status.h"
#include "admin/token.h"
#include "admin/user.h"

const struct command_entry commands[] = {
    {"Set up", &init_command},
    {NULL, &migrate_command},
    {NULL, &backup_command},
    {NULL, &restore_command},
    {"Push", &send_command},
    {NULL, &broadcast_command},
    {"Look", &status_command},
    {NULL, &doctor_command},
    {NULL, &queue_list_command},
    {NULL, &queue_show_command},
    {NULL, &queue_stats_command},
    {NULL, &explain_command},
    {NULL, &connections_command},
    {NULL, &listen_command},
    {"Change", &queue_retry_command},
    {NULL, &queue_cancel_command},
    {NULL, &queue_purge_command},
    {NULL, &revoke_command},
    {"Conversations", &conversation_create_command},
    {NULL, &conversation_add_command},
    {NULL, &conversation_remove_command},
    {NULL, &conversation_list_command},
    {"Users and logins, where Belfry keeps the sessions itself", &user_add_command},
    {NULL, &user_edit_command},
    {NULL, &user_remove_command},
    {NULL, &user_list_command},
    {NULL, &session_create_command},
    {NULL, &session_list_command},
    {NULL, &session_revoke_command},
    {NULL, &session_check_command},
    {"Tokens", &token_issue_command},
    {NULL, &token_check_command},
    {"Keys, for applications that publish over HTTP", &key_create_command},
    {NULL, &key_list_command},
    {NULL, &key_revoke_command},
    {"Help", &help_command},
    {NULL, &completion_command},
    {NULL, NULL},
};
