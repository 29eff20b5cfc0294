#include "gateway/store/mailbox.h"

void mailbox_init(struct mailbox *mailbox)
{
    pthread_mutex_init(&mailbox->lock, NULL);
    mailbox->first = NULL;
    mailbox->end = &mailbox->first;
}

void mailbox_release(struct mailbox *mailbox)
{
    pthread_mutex_destroy(&mailbox->lock);
}

void mailbox_put(struct mailbox *mailbox, struct parcel *parcel)
{
    parcel->next = NULL;
    pthread_mutex_lock(&mailbox->lock);
    *mailbox->end = parcel;
    mailbox->end = &parcel->next;
    pthread_mutex_unlock(&mailbox->lock);
}

struct parcel *mailbox_take(struct mailbox *mailbox)
{
    struct parcel *first;

    pthread_mutex_lock(&mailbox->lock);
    first = mailbox->first;
    mailbox->first = NULL;
    mailbox->end = &mailbox->first;
    pthread_mutex_unlock(&mailbox->lock);
    return first;
}
