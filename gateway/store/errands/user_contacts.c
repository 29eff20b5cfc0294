/* The users who share a conversation with a user, and when they were last seen. */
#include <stdlib.h>

#include "common/memory.h"
#include "common/row_rules.h"
#include "gateway/store/engine.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/member_verbs.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/seen.h"
#include "gateway/store/store_presence.h"

/* Memberships examined, however many conversations the user is in and however large these are. */
#define CONTACT_ROWS 8192

struct user_contacts {
    struct errand errand;
    void (*done)(void *context, const struct store_seen *answer);
    char *user;
    struct page users;
};

/* Skips a name that no token could have. */
static int user_contacts_add(void *context, const struct cell *name)
{
    static const struct cell_rule rule = {"user_id", 1, ROW_ID_MAX, false};

    if (cell_check_text(name, &rule, NULL) == 0)
        page_add_name(context, name->text);
    return 1;
}

static enum errand_step user_contacts_read(struct queue *queue, struct errand *errand)
{
    struct user_contacts *contacts = (struct user_contacts *)errand;
    struct engine *engine = queue->turn.engine;

    page_release(&contacts->users);
    errand->verdict = STORE_OK;
    if (engine->members->walk_contacts(engine, contacts->user, CONTACT_ROWS, STORE_CONTACTS_MAX,
            user_contacts_add, &contacts->users) < 0)
        return ERRAND_FAILED;
    for (size_t i = 0; i < contacts->users.count; i++)
        if (seen_look_up(&contacts->users, i, &queue->turn, &queue->inbox.watch) < 0)
            return ERRAND_FAILED;
    return ERRAND_DONE;
}

static void user_contacts_answer(struct errand *errand)
{
    struct user_contacts *contacts = (struct user_contacts *)errand;

    seen_answer(&contacts->users, errand->verdict, contacts->done, errand->context);
}

static size_t user_contacts_bytes(const struct errand *errand)
{
    return page_bytes(&((const struct user_contacts *)errand)->users);
}

static void user_contacts_free(struct errand *errand)
{
    struct user_contacts *contacts = (struct user_contacts *)errand;

    free(contacts->user);
    page_release(&contacts->users);
}

static const struct errand_kind user_contacts_kind = {
    ERRAND_OF(struct user_contacts),
    .read = user_contacts_read,
    .answer = user_contacts_answer,
    .bytes = user_contacts_bytes,
    .free = user_contacts_free,
};

void store_contacts(struct store *store, const char *user,
    void (*found)(void *context, const struct store_seen *answer), void *context)
{
    struct user_contacts *contacts = (struct user_contacts *)errand_new(&user_contacts_kind);

    contacts->done = found;
    contacts->user = mem_strdup(user);
    contacts->errand.about = contacts->user;
    post_errand(store, &contacts->errand, context);
}
