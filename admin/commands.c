#include "admin/command.h"

#include "admin/broadcast.h"
#include "admin/conversation.h"
#include "admin/explain.h"
#include "admin/init.h"
#include "admin/listen.h"
#include "admin/queue.h"
#include "admin/queue_change.h"
#include "admin/revoke.h"
#include "admin/send.h"
#include "admin/session.h"
#include "admin/session_check.h"
#include "admin/status.h"
#include "admin/token.h"
#include "admin/user.h"

static const struct command_option none[] = {{NULL, NULL, NULL}};

static const struct command_option init_options[] = {
    {"--sessions", NULL, "make a sessions.db beside it too, for sites without a session store"},
    {"--owner", "USER", "whose the files are; as root, the default is belfry"},
    {"--group", "GROUP", "whose members may push; as root, the default is belfry"},
    {NULL, NULL, NULL},
};

static const struct command_option send_options[] = {
    {"--user", "USER", "whom to ring: their id in your application, \"sub\" of their token"},
    {"--title", "TEXT", "what they read first"},
    {"--body", "TEXT", "and then"},
    {"--type", "WORD", "notification, message, alert, system, or your own; default system"},
    {"--priority", "WORD", "low, normal, high or urgent; default normal"},
    {"--data", "JSON", "a JSON object for your own code in the browser"},
    {"--after", "TIME", "not before 2026-11-22T19:19:00Z, or +10m from now (s, m, h, d)"},
    {"--expires", "TIME", "not after this time; then it is never delivered"},
    {"--key", "KEY", "send it once, however often this is run with the same key"},
    {"--stdin", NULL, "send each line of standard input, a JSON object with these members"},
    {NULL, NULL, NULL},
};

static const struct command_option broadcast_options[] = {
    {"--topic", "TOPIC", "only to who joined it: role:ROLE, public:NAME, conversation:ID, …"},
    {"--expires", "TIME", "also to whoever comes before then, like +2h"},
    {NULL, NULL, NULL},
};

static const struct command_option queue_list_options[] = {
    {"--user", "USER", "only this user's"},
    {"--status", "STATUS", "pending, delivered, read, expired, cancelled or failed"},
    {"--limit", "N", "at most so many, the newest first; default 50"},
    {NULL, NULL, NULL},
};

static const struct command_option queue_retry_options[] = {
    {"--failed", NULL, "all that failed"},
    {NULL, NULL, NULL},
};

static const struct command_option queue_cancel_options[] = {
    {"--user", "USER", "all that wait for this user"},
    {NULL, NULL, NULL},
};

static const struct command_option queue_purge_options[] = {
    {"--older", "TIME", "what was put in longer ago, like 7d; default: retain_days"},
    {"--status", "STATUS", "only these, pending ones too; default: all but pending"},
    {"--user", "USER", "only this user's"},
    {"--yes", NULL, "without asking"},
    {NULL, NULL, NULL},
};

static const struct command_option conversation_create_options[] = {
    {"--title", "TEXT", "what it is about, for people"},
    {NULL, NULL, NULL},
};

static const struct command_option conversation_remove_options[] = {
    {"--all", NULL, "the conversation itself, with all that was said in it"},
    {"--yes", NULL, "without asking"},
    {NULL, NULL, NULL},
};

static const struct command_option conversation_list_options[] = {
    {"--user", "USER", "only those they are in"},
    {NULL, NULL, NULL},
};

static const struct command_option revoke_options[] = {
    {"--all", NULL, "of all users that the queue knows"},
    {"--yes", NULL, "without asking"},
    {"--reason", "TEXT", "for whoever looks later"},
    {NULL, NULL, NULL},
};

static const struct command_option listen_options[] = {
    {"--user", "USER", "as whom to connect"},
    {"--url", "URL", "where, like ws://127.0.0.1:8081/ws; default: as configured"},
    {"--role", "ROLE", "with this role in the token"},
    {"--topic", "TOPIC", "join this topic as well"},
    {"--event", "NAME", "print and count only these events"},
    {"--ack", NULL, "confirm each event by an answer, not by the WebSocket's pong"},
    {"--count", "N", "end after so many events"},
    {"--for", "TIME", "end after this time, like 10s"},
    {NULL, NULL, NULL},
};

static const struct command_option token_issue_options[] = {
    {"--ttl", "TIME", "how long it is good, like 90s, 15m or 12h; default: as configured"},
    {"--role", "ROLE", "with this role in it"},
    {NULL, NULL, NULL},
};

static const struct command_option user_add_options[] = {
    {"--name", "NAME", "as others see them"},
    {"--email", "ADDRESS", "their e-mail address"},
    {"--role", "ROLE", "goes into their tokens, and lets them join the topic role:ROLE"},
    {NULL, NULL, NULL},
};

static const struct command_option user_edit_options[] = {
    {"--name", "NAME", "as others see them"},
    {"--email", "ADDRESS", "their e-mail address"},
    {"--role", "ROLE", "of tokens from now on"},
    {NULL, NULL, NULL},
};

static const struct command_option user_remove_options[] = {
    {"--yes", NULL, "taken as elsewhere; one user is removed without asking"},
    {NULL, NULL, NULL},
};

static const struct command_option session_create_options[] = {
    {"--ttl", "TIME", "how long it is good, like 15m, 12h or 7d; default 30d"},
    {NULL, NULL, NULL},
};

static const struct command_option session_list_options[] = {
    {"--user", "USER", "only this user's"},
    {NULL, NULL, NULL},
};

static const struct command_option session_revoke_options[] = {
    {"--user", "USER", "end all of this user's"},
    {NULL, NULL, NULL},
};

static const struct command_option session_check_options[] = {
    {"--https", NULL, "as if the request came over HTTPS"},
    {NULL, NULL, NULL},
};

const struct command commands[] = {
    {"Set up", "init", "", 0, 0, "Make the queue, or bring an older one up to date", init_options,
        "Run again it changes nothing. Run as root it gives the files to the user and the\n"
        "group belfry-publish; members of that group may push:\n\n"
        "    sudo belfry init\n"
        "    sudo usermod -aG belfry-publish www-data   (then restart the web application)\n\n"
        "In an application's own SQLite file the tables are added to those that are there,\n"
        "so that a notification can be in one transaction with what it tells of:\n\n"
        "    belfry init --database app.db",
        init_run},
    {"Push", "send", "[USER TITLE]", 0, 2, "Send a notification, or a file full of them",
        send_options,
        "    belfry send alice 'Hello, Alice'\n\n"
        "It prints the id. The same from a program, in PHP:\n\n"
        "    $db = new PDO('sqlite:/var/lib/belfry/queue/belfry.db');\n"
        "    $db->prepare('INSERT INTO notifications (user_id, title) VALUES (?, ?)')\n"
        "       ->execute(['alice', 'Hello, Alice']);\n\n"
        "Many at once, a thousand a transaction; options are for lines that lack the member:\n\n"
        "    belfry send --stdin --type alert <<'END'\n"
        "    {\"user\": \"alice\", \"title\": \"Hello\", \"data\": {\"url\": \"/inbox\"}}\n"
        "    {\"user\": \"bob\", \"title\": \"Hello\", \"after\": \"+10m\", \"key\": "
        "\"hello-bob\"}\n"
        "    END\n\n"
        "A bad line is named by its number, the others go; then the exit status is 1.\n\n"
        "A time without a zone is this machine's local time; in lines, which programs write, it\n"
        "is UTC, as in the table. Both are said.",
        send_run},
    {NULL, "broadcast", "EVENT [DATA]", 1, 2,
        "Send an event of any name to everybody, or to a topic", broadcast_options,
        "DATA is JSON. It goes once, to whoever is connected, unless --expires keeps it.\n\n"
        "    belfry broadcast system:maintenance \\\n"
        "        '{\"enabled\": true, \"message\": \"Back at ten\"}' --expires +2h\n"
        "    belfry broadcast prices:changed --topic role:dealer",
        broadcast_run},
    {"Look", "status", "", 0, 0, "Is the gateway there, who is online, what waits", none,
        "`stuck` should be 0: notifications that are due though the user is online.\n"
        "`undelivered` are those whose user is away: send an e-mail instead?",
        status_run},
    {NULL, "queue list", "", 0, 0, "List notifications, the newest first", queue_list_options, "",
        queue_list_run},
    {NULL, "queue show", "ID", 1, 1, "Show one notification with all it has", none, "",
        queue_show_run},
    {NULL, "queue stats", "", 0, 0, "Count notifications by status and by user", none, "",
        queue_stats_run},
    {NULL, "explain", "ID", 1, 1, "Say why a notification has or has not arrived", none,
        "    belfry explain 42", explain_run},
    {NULL, "listen", "", 0, 0, "Connect as a user and print what their browser would get",
        listen_options,
        "It makes itself a token with the configured secret. What it gets counts as delivered,\n"
        "so look as a user of your own:\n\n"
        "    belfry listen --user test &\n"
        "    belfry send --user test --title 'Is this thing on?'",
        listen_run},
    {"Change", "queue retry", "[ID]…", 0, COMMAND_OPERANDS_MAX,
        "Send notifications again, whatever became of them", queue_retry_options,
        "A time to expire that is past is taken away, or they would expire at once.",
        queue_retry_run},
    {NULL, "queue cancel", "[ID]…", 0, COMMAND_OPERANDS_MAX, "Take back what still waits",
        queue_cancel_options, "", queue_cancel_run},
    {NULL, "queue purge", "", 0, 0, "Delete old notifications that do not wait any more",
        queue_purge_options,
        "The gateway does so by itself after retain_days. For more than that it asks; where\n"
        "nobody can answer, as in cron, it needs --yes.\n\n"
        "    belfry queue purge --older 7d --status read",
        queue_purge_run},
    {NULL, "revoke", "[USER]", 0, 1, "Refuse the tokens a user has, and close their connections",
        revoke_options,
        "It is no ban: a session that is still good makes new tokens. End it first, where your\n"
        "application keeps it, or with `belfry session revoke --user USER`.",
        revoke_run},
    {"Conversations", "conversation create", "ID [USER]…", 1, COMMAND_OPERANDS_MAX,
        "Make a conversation, with its members", conversation_create_options,
        "    belfry conversation create support-7 alice bob --title 'Order 4711'",
        conversation_create_run},
    {NULL, "conversation add", "ID USER…", 2, COMMAND_OPERANDS_MAX, "Let users in", none, "",
        conversation_add_run},
    {NULL, "conversation remove", "ID [USER]…", 1, COMMAND_OPERANDS_MAX,
        "Put users out, at once also where they are connected", conversation_remove_options, "",
        conversation_remove_run},
    {NULL, "conversation list", "[ID]", 0, 1, "List conversations, or the members of one",
        conversation_list_options, "", conversation_list_run},
    {"Users and logins, where Belfry keeps the sessions itself", "user add", "ID", 1, 1,
        "Add a user", user_add_options,
        "ID is what notifications name them by.\n\n    belfry user add alice --name 'Alice Adams'",
        user_add_run},
    {NULL, "user edit", "ID", 1, 1, "Change what is known of a user", user_edit_options,
        "'' takes a value away. Tokens that were made before keep what they say.\n\n"
        "    belfry user edit alice --role editor",
        user_edit_run},
    {NULL, "user remove", "ID", 1, 1, "Remove a user with their logins", user_remove_options,
        "Connections that came by these close within seconds.", user_remove_run},
    {NULL, "user list", "", 0, 0, "List users", none, "", user_list_run},
    {NULL, "session create", "USER", 1, 1, "Make a login, and print its cookie's value",
        session_create_options,
        "The value is printed this once; the cookie's name is authjs.session-token, on https://\n"
        "__Secure-authjs.session-token.\n\n"
        "    curl -b \"authjs.session-token=$(belfry session create alice)\" \\\n"
        "        http://localhost/api/websocket/auth",
        session_create_run},
    {NULL, "session list", "", 0, 0, "List logins, without their cookies' values",
        session_list_options, "", session_list_run},
    {NULL, "session revoke", "ID", 0, 1, "End a login, or all of a user's", session_revoke_options,
        "Connections that came by it close within seconds.", session_revoke_run},
    {NULL, "session check", "", 0, 0, "Say of a Cookie header why it is or is not a session",
        session_check_options,
        "The header is read from standard input, as the browser's tools show it; the sources are\n"
        "those of belfry-auth, in their order. The exit status is 1 where none finds a session.\n\n"
        "    echo 'Cookie: authjs.session-token=…' | belfry session check",
        session_check_run},
    {"Tokens", "token issue", "USER", 1, 1, "Make a token with the configured secret",
        token_issue_options,
        "Whoever has it can connect as this user until it expires.\n\n"
        "    AUTH_SECRET=… belfry token issue alice --ttl 5m",
        token_issue_run},
    {NULL, "token check", "TOKEN", 1, 1, "Say whether a token is good, and why not", none,
        "With - as TOKEN it is read from standard input, where no other user of the machine\n"
        "sees it. It asks the queue whether the token was revoked, and the session store whether\n"
        "its session is over. The exit status is 1 where the gateway would refuse it.",
        token_check_run},
    {"Help", "help", "[COMMAND]", 0, 2, "Tell the options of a command, with examples", none, "",
        NULL},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL},
};
