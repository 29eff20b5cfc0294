/*
 * belfry-auth: the token endpoint as a FastCGI or CGI program.
 */
#include "auth-fcgi/token_endpoint.h"
#include "fcgi/program.h"

int main(int argc, char **argv)
{
    return program_main(&token_endpoint_kind, argc, argv);
}
