#include "gateway/net/http_refusals.h"

const int http_refusals[HTTP_REFUSALS] = {
    400, 401, 403, 404, 405, 406, 408, 413, 414, 426, 429, 431, 503, 505, 0};

void http_refusal_count(uint64_t counts[HTTP_REFUSALS], int status)
{
    unsigned place = 0;

    while (place < HTTP_REFUSALS - 1 && http_refusals[place] != status)
        place++;
    counts[place]++;
}
