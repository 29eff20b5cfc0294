#include "admin/publish.h"

#include "build-config.h"

#include "common/moment.h"
#ifdef WITH_POSTGRESQL
#include "common/publisher_postgres.h"
#endif
#include "common/publisher_sqlite.h"

struct publisher *publish_open(const struct admin *admin, struct sql *queue, struct reason *why)
{
#ifdef WITH_POSTGRESQL
    if (!sql_sqlite(queue))
        return publisher_postgres_open(
            admin->config.database, "belfry", (int)admin->config.queue.busy_timeout);
#else
    (void)admin;
#endif
    return publisher_sqlite_new(sql_sqlite(queue), why);
}

/* Wrong lengths and reserved names count as refused by the database, which has CHECKs for them:
 * scripts rely on that exit status. */
int publish_refuse(const struct admin *admin, const struct publication_error *error)
{
    bool refused = error->fault == PUBLICATION_LENGTH || error->fault == PUBLICATION_RESERVED ||
                   error->fault == PUBLICATION_REFUSED;

    return refused ? admin_refuse(admin, "%s", error->why.text)
                   : admin_misuse(admin, "%s", error->why.text);
}

int publish_read_time(const struct admin *admin, const char **field, const char *option,
    char iso[CLOCK_ISO_SIZE], struct reason *why)
{
    if (!*field)
        return 0;
    if (moment_read_local(*field, clock_wall_ms(admin->clock), iso, why) < 0)
        return reason_prefix(why, "%s: ", option);
    if (moment_lacks_zone(*field))
        admin_say(admin, "%s %s has no zone: taken as the local time of this machine, %s", option,
            *field, iso);
    *field = iso;
    return 0;
}
