#include <stdio.h>

#include "bench/load/dialect.h"
#include "bench/load/names.h"

void name_public(const struct member_common *common, uint32_t topic, char *out)
{
    snprintf(out, TOPIC_SIZE, "%sload-%u", common->dialect->public_prefix, topic);
}

void name_talk(const struct member_common *common, uint32_t topic, char *out)
{
    snprintf(out, TOPIC_SIZE, "%sload-%u", common->dialect->talk_prefix, topic);
}

void name_user(const struct member_common *common, uint32_t member, char *out)
{
    snprintf(out, TOPIC_SIZE, "%.48s%u", common->options->users, common->options->first + member);
}
