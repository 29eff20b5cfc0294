/*
 * belfry-publish: publishing over HTTP, as a FastCGI or CGI program.
 */
#include "fcgi/program.h"
#include "publish-fcgi/publish_endpoint.h"

int main(int argc, char **argv)
{
    return program_main(&publish_endpoint_kind, argc, argv);
}
