#include "publish-fcgi/queue_choice.h"

#include "build-config.h"

#ifdef WITH_POSTGRESQL
#include "common/database_url.h"
#include "publish-fcgi/queue_postgres.h"
#endif
#include "publish-fcgi/queue_sqlite.h"

struct publish_queue *publish_queue_new(const struct config *config, enum publish_use use)
{
#ifdef WITH_POSTGRESQL
    if (database_url_is(config->database))
        return queue_postgres_new(config);
#endif
    return queue_sqlite_new(config, use);
}
