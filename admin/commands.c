#include "admin/command.h"

#include "admin/broadcast.h"
#include "admin/conversation.h"
#include "admin/explain.h"
#include "admin/init.h"
#include "admin/key.h"
#include "admin/listen.h"
#include "admin/migrate.h"
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
    {"--sessions", NULL, "also make sessions, for sites without a store: ../sessions/sessions.db"},
    {"--owner", "USER", "who owns the files; as root, the default is belfry"},
    {"--group", "GROUP", "whose members may publish; as root, the default is belfry-publish"},
    {NULL, NULL, NULL},
};

static const struct command_option migrate_options[] = {
    {"--from", "FILE", "the file to copy; default: as configured"},
    {"--to", "URL", "the PostgreSQL database to fill, like postgresql://postgres@localhost/shop"},
    {NULL, NULL, NULL},
};

static const struct command_option send_options[] = {
    {"--user", "USER", "who gets it: their id in your application, the \"sub\" of their token"},
    {"--title", "TEXT", "the title"},
    {"--body", "TEXT", "the text below the title"},
    {"--type", "WORD", "notification, message, alert, system, or your own; default system"},
    {"--priority", "WORD", "low, normal, high or urgent; default normal"},
    {"--data", "JSON", "a JSON object for your own code in the browser"},
    {"--after", "TIME", "not before 2026-11-22T19:19:00Z, or +10m from now (s, m, h, d)"},
    {"--expires", "TIME", "not after this time: what is undelivered by then expires"},
    {"--key", "KEY", "send it once, however often this is run with the same key"},
    {"--stdin", NULL, "send each line of standard input, a JSON object with these members"},
    {NULL, NULL, NULL},
};

static const struct command_option broadcast_options[] = {
    {"--topic", "TOPIC", "only to subscribers of role:ROLE, public:NAME, conversation:ID, …"},
    {"--expires", "TIME", "also to users who connect before then, like +2h"},
    {NULL, NULL, NULL},
};

static const struct command_option queue_list_options[] = {
    {"--user", "USER", "only of this user"},
    {"--status", "STATUS", "pending, delivered, read, expired, cancelled or failed"},
    {"--archived", "yes|no", "only those that are archived, or only the others"},
    {"--seen", "yes|no", "no: only unread ones that the user has not seen in a list yet"},
    {"--updated", "yes|no", "only those changed since they were inserted, or only the others"},
    {"--limit", "N", "at most this many, newest first; default 50"},
    {NULL, NULL, NULL},
};

static const struct command_option queue_retry_options[] = {
    {"--failed", NULL, "all that failed"},
    {NULL, NULL, NULL},
};

static const struct command_option queue_cancel_options[] = {
    {"--user", "USER", "everything that waits for this user"},
    {NULL, NULL, NULL},
};

static const struct command_option queue_purge_options[] = {
    {"--older", "TIME", "inserted longer ago than this, like 7d; default: retain_days"},
    {"--status", "STATUS", "only with this status, even pending; default: all but pending"},
    {"--user", "USER", "only of this user"},
    {"--yes", NULL, "do not ask"},
    {NULL, NULL, NULL},
};

static const struct command_option conversation_create_options[] = {
    {"--title", "TEXT", "a title for people to read"},
    {NULL, NULL, NULL},
};

static const struct command_option conversation_remove_options[] = {
    {"--all", NULL, "the conversation itself, with all its messages"},
    {"--yes", NULL, "do not ask"},
    {NULL, NULL, NULL},
};

static const struct command_option conversation_list_options[] = {
    {"--user", "USER", "only those that this user is a member of"},
    {NULL, NULL, NULL},
};

static const struct command_option revoke_options[] = {
    {"--all", NULL, "the tokens of all users that the queue knows"},
    {"--yes", NULL, "do not ask"},
    {"--reason", "TEXT", "kept in the table, for the record"},
    {NULL, NULL, NULL},
};

static const struct command_option listen_options[] = {
    {"--user", "USER", "the user to connect as"},
    {"--url", "URL", "the gateway, like ws://127.0.0.1:8081/ws; default: as configured"},
    {"--role", "ROLE", "with this role in the token"},
    {"--topic", "TOPIC", "join this topic as well"},
    {"--event", "NAME", "print and count only these events"},
    {"--ack", NULL, "confirm each event with an acknowledgement instead of a pong"},
    {"--count", "N", "stop after this many events"},
    {"--for", "TIME", "stop after this time, like 10s"},
    {NULL, NULL, NULL},
};

static const struct command_option token_issue_options[] = {
    {"--ttl", "TIME", "how long it is valid, like 90s, 15m or 12h; default: as configured"},
    {"--role", "ROLE", "with this role"},
    {NULL, NULL, NULL},
};

static const struct command_option user_add_options[] = {
    {"--name", "NAME", "the name that others see"},
    {"--email", "ADDRESS", "their e-mail address"},
    {"--role", "ROLE", "goes into their tokens, and lets them join the topic role:ROLE"},
    {NULL, NULL, NULL},
};

static const struct command_option user_edit_options[] = {
    {"--name", "NAME", "the name that others see"},
    {"--email", "ADDRESS", "their e-mail address"},
    {"--role", "ROLE", "for tokens issued from now on"},
    {NULL, NULL, NULL},
};

static const struct command_option user_remove_options[] = {
    {"--yes", NULL, "accepted, but one user is removed without asking anyway"},
    {NULL, NULL, NULL},
};

static const struct command_option session_create_options[] = {
    {"--ttl", "TIME", "how long it is valid, like 15m, 12h or 7d; default 30d"},
    {NULL, NULL, NULL},
};

static const struct command_option session_list_options[] = {
    {"--user", "USER", "only of this user"},
    {NULL, NULL, NULL},
};

static const struct command_option session_revoke_options[] = {
    {"--user", "USER", "all logins of this user"},
    {NULL, NULL, NULL},
};

static const struct command_option session_check_options[] = {
    {"--https", NULL, "as if the request came over HTTPS"},
    {NULL, NULL, NULL},
};

static const struct command_option key_create_options[] = {
    {"--may", "RIGHTS",
        "some of notifications,broadcasts,messages,read,revoke; default notifications"},
    {"--users", "PREFIX", "only for users whose id begins with this"},
    {NULL, NULL, NULL},
};

const struct command commands[] = {
    {"Set up", "init", "", 0, 0, "Create the queue, or upgrade an older one", init_options,
        "It can be run again. Run as root, it makes the files belong to the user belfry and to\n"
        "the group belfry-publish, whose members may publish:\n\n"
        "    sudo belfry init\n"
        "    sudo usermod -aG belfry-publish www-data   (then restart the web application)\n\n"
        "In an application's own SQLite file it adds its tables to those that are there, so that\n"
        "a notification can be part of the transaction it tells about:\n\n"
        "    belfry init --database app.db\n\n"
        "In a PostgreSQL database it makes the schema belfry, and the roles belfry_owner,\n"
        "belfry_gateway, belfry_publisher (for applications), belfry_publishing (for\n"
        "belfry-publish) and belfry_auth (for belfry-auth), as a role that may do so:\n\n"
        "    belfry init --database postgresql://postgres@localhost/shop\n\n"
        "With --sessions it makes the schema belfry_sessions there, unless session_database in\n"
        "belfry.conf names another place.",
        init_run},
    {NULL, "migrate", "", 0, 0, "Copy the queue from a file into PostgreSQL", migrate_options,
        "Stop belfry-gateway and belfry-publish first. It makes the queue there, as `belfry init`\n"
        "does, copies every row with its id, and compares all of them. Killed or cut off, it goes\n"
        "on when it is run again. Then change `database` in belfry.conf, start the gateway, let\n"
        "the applications write to PostgreSQL, and run it once more for what came late:\n\n"
        "    belfry migrate --from /var/lib/belfry/queue/belfry.db \\\n"
        "        --to postgresql://postgres@localhost/shop\n\n"
        "The exit status is 1 if PostgreSQL refuses a row, or a part of it: each is named.",
        migrate_run},
    {"Push", "send", "[USER TITLE]", 0, 2, "Send a notification, or many from standard input",
        send_options,
        "    belfry send alice 'Hello, Alice'\n\n"
        "It prints the notification's id. The same from a program, here in PHP:\n\n"
        "    $db = new PDO('sqlite:/var/lib/belfry/queue/belfry.db');\n"
        "    $db->prepare('INSERT INTO notifications (user_id, title) VALUES (?, ?)')\n"
        "       ->execute(['alice', 'Hello, Alice']);\n\n"
        "Many at once, a thousand per transaction. An option applies to lines without that "
        "member:\n\n"
        "    belfry send --stdin --type alert <<'END'\n"
        "    {\"user\": \"alice\", \"title\": \"Hello\", \"data\": {\"url\": \"/inbox\"}}\n"
        "    {\"user\": \"bob\", \"title\": \"Hello\", \"after\": \"+10m\", \"key\": "
        "\"hello-bob\"}\n"
        "    END\n\n"
        "A bad line is reported by its number and the others are sent; the exit status is then "
        "1.\n\n"
        "A time without a zone is this machine's local time. In lines of --stdin, which programs\n"
        "write, it is UTC, as in the table. belfry prints which it took.",
        send_run},
    {NULL, "broadcast", "EVENT [DATA]", 1, 2,
        "Send an event of any name to everybody, or to a topic", broadcast_options,
        "DATA is JSON. It is sent once, to those who are connected; with --expires, also to those\n"
        "who connect before then.\n\n"
        "    belfry broadcast system:maintenance \\\n"
        "        '{\"enabled\": true, \"message\": \"Back at ten\"}' --expires +2h\n"
        "    belfry broadcast prices:changed --topic role:dealer",
        broadcast_run},
    {"Look", "status", "", 0, 0, "Say what runs, who is online and what waits", none,
        "`stuck` counts notifications that are due although the user is online: it should be 0.\n"
        "`undelivered` counts those whose user is offline: candidates for an e-mail.",
        status_run},
    {NULL, "queue list", "", 0, 0, "List notifications, newest first", queue_list_options, "",
        queue_list_run},
    {NULL, "queue show", "ID", 1, 1, "Show all columns of a notification", none, "",
        queue_show_run},
    {NULL, "queue stats", "", 0, 0, "Count notifications by status and by user", none, "",
        queue_stats_run},
    {NULL, "explain", "ID", 1, 1, "Say why a notification has or has not arrived", none,
        "    belfry explain 42", explain_run},
    {NULL, "listen", "", 0, 0, "Connect as a user and print what their browser would get",
        listen_options,
        "It issues itself a token with the configured secret. What it receives counts as\n"
        "delivered, so use a test user:\n\n"
        "    belfry listen --user test &\n"
        "    belfry send --user test --title 'Is this thing on?'",
        listen_run},
    {"Change", "queue retry", "[ID]…", 0, COMMAND_OPERANDS_MAX,
        "Send notifications again, whatever became of them", queue_retry_options,
        "An expiry time in the past is removed, or they would expire at once.", queue_retry_run},
    {NULL, "queue cancel", "[ID]…", 0, COMMAND_OPERANDS_MAX, "Cancel notifications that still wait",
        queue_cancel_options, "", queue_cancel_run},
    {NULL, "queue purge", "", 0, 0, "Delete old notifications that no longer wait",
        queue_purge_options,
        "The gateway does this by itself after retain_days. To delete more than that, this asks\n"
        "first; where nobody can answer, as in cron, it needs --yes.\n\n"
        "    belfry queue purge --older 7d --status read",
        queue_purge_run},
    {NULL, "revoke", "[USER]", 0, 1, "Refuse a user's tokens, and close their connections",
        revoke_options,
        "This is not a ban: a session that is still valid gets new tokens. End the session first,\n"
        "in your application or with `belfry session revoke --user USER`.",
        revoke_run},
    {"Conversations", "conversation create", "ID [USER]…", 1, COMMAND_OPERANDS_MAX,
        "Create a conversation with its members", conversation_create_options,
        "    belfry conversation create support-7 alice bob --title 'Order 4711'",
        conversation_create_run},
    {NULL, "conversation add", "ID USER…", 2, COMMAND_OPERANDS_MAX, "Add members", none, "",
        conversation_add_run},
    {NULL, "conversation remove", "ID [USER]…", 1, COMMAND_OPERANDS_MAX,
        "Remove members, at once even if they are connected", conversation_remove_options, "",
        conversation_remove_run},
    {NULL, "conversation list", "[ID]", 0, 1, "List conversations, or the members of one",
        conversation_list_options, "", conversation_list_run},
    {"Users and logins, where Belfry keeps the sessions itself", "user add", "ID", 1, 1,
        "Add a user", user_add_options,
        "ID is what goes into user_id of notifications.\n\n    belfry user add alice --name 'Alice "
        "Adams'",
        user_add_run},
    {NULL, "user edit", "ID", 1, 1, "Change a user's name, e-mail address or role",
        user_edit_options,
        "'' removes a value. Tokens issued before keep the old ones.\n\n"
        "    belfry user edit alice --role editor",
        user_edit_run},
    {NULL, "user remove", "ID", 1, 1, "Remove a user and their logins", user_remove_options,
        "Their connections are closed within seconds.", user_remove_run},
    {NULL, "user list", "", 0, 0, "List users", none, "", user_list_run},
    {NULL, "session create", "USER", 1, 1, "Create a login, and print the value of its cookie",
        session_create_options,
        "The value is never shown again. The cookie's name is authjs.session-token, or on "
        "https://\n"
        "__Secure-authjs.session-token.\n\n"
        "    curl -b \"authjs.session-token=$(belfry session create alice)\" \\\n"
        "        http://localhost/api/websocket/auth",
        session_create_run},
    {NULL, "session list", "", 0, 0, "List logins, without the values of their cookies",
        session_list_options, "", session_list_run},
    {NULL, "session revoke", "ID", 0, 1, "End a login, or all logins of a user",
        session_revoke_options, "Connections made with it are closed within seconds.",
        session_revoke_run},
    {NULL, "session check", "", 0, 0, "Say why a Cookie header is or is not a session",
        session_check_options,
        "It reads the header from standard input, as the browser's developer tools show it, and\n"
        "tries the session sources of belfry-auth in order. The exit status is 1 if none finds a\n"
        "session.\n\n"
        "    echo 'Cookie: authjs.session-token=…' | belfry session check",
        session_check_run},
    {"Tokens", "token issue", "USER", 1, 1, "Issue a token, signed with the configured secret",
        token_issue_options,
        "Whoever has it can connect as this user until it expires.\n\n"
        "    AUTH_SECRET=… belfry token issue alice --ttl 5m",
        token_issue_run},
    {NULL, "token check", "TOKEN", 1, 1, "Say whether a token is valid, and if not, why", none,
        "With - as TOKEN it is read from standard input, where no other user of the machine sees\n"
        "it. The queue is asked whether the token was revoked, the session store whether its\n"
        "session has ended. The exit status is 1 if the gateway would refuse the token.",
        token_check_run},
    {"Keys, for applications that publish over HTTP", "key create", "NAME", 1, 1,
        "Make a key for belfry-publish, and print it", key_create_options,
        "NAME says which application gets it. The key is alone on standard output and is never\n"
        "shown again; the queue keeps only its SHA-256. `read` allows to read notifications and\n"
        "presence, `revoke` to revoke tokens.\n\n"
        "    belfry key create shop --may notifications,read --users shop- > shop.key",
        key_create_run},
    {NULL, "key list", "", 0, 0, "List keys, without the keys themselves", none,
        "The fingerprint is the beginning of the key's SHA-256; belfry-publish logs it.",
        key_list_run},
    {NULL, "key revoke", "NAME", 1, 1, "Refuse a key from now on", none,
        "Its name stays taken, and `belfry key list` says when it was revoked.", key_revoke_run},
    {"Help", "help", "[COMMAND]", 0, 2, "Show the options of a command, with examples", none, "",
        NULL},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL},
};
