/*
 * belfry-publish: publishing over HTTP, as a FastCGI or CGI program.
 */
#include <sqlite3.h>

#include "fcgi/program.h"
#include "publish-fcgi/publish_endpoint.h"

int main(int argc, char **argv)
{
    /* Otherwise SQLite counts each allocation under a lock that all threads share. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return program_main(&publish_endpoint_kind, argc, argv);
}
