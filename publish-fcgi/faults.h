/*
 * faults: what is wrong with an object, as the code of a refusal.
 */
#ifndef BELFRY_PUBLISH_FAULTS_H
#define BELFRY_PUBLISH_FAULTS_H

#include "common/publication.h"
#include "publish-fcgi/reply.h"

/* 400 about the object with this index. */
void fault_refuse(
    struct publish_reply *reply, int64_t index, const struct publication_error *error);

#endif
