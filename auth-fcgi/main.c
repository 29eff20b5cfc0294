/*
 * belfry-auth: the token endpoint as a FastCGI or CGI program.
 */
#include <sqlite3.h>

#include "auth-fcgi/token_endpoint.h"
#include "fcgi/program.h"

int main(int argc, char **argv)
{
    /* Otherwise SQLite counts each allocation under a lock that all threads share. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return program_main(&token_endpoint_kind, argc, argv);
}
