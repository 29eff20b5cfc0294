#include "common/gateway_interface.h"

#include <stdlib.h>

bool gateway_interface_is_set(void)
{
    return getenv("GATEWAY_INTERFACE") || getenv("REQUEST_METHOD");
}

int gateway_interface_refuse(struct reason *why)
{
    if (!gateway_interface_is_set())
        return 0;
    return reason_set(why,
        "a web server started this (GATEWAY_INTERFACE or REQUEST_METHOD is in the environment), "
        "and this is not a CGI program: take it out of the web server's reach. A CGI script that "
        "means to call it removes both variables first: env -u GATEWAY_INTERFACE -u "
        "REQUEST_METHOD");
}
