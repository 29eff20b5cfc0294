#include "gateway/store/availability.h"

#include "gateway/store/news.h"

/* A database locked that long is no longer a matter of waiting. */
#define LOCKED_LONG_MS 5000

static const struct health *availability_trouble(
    const struct turn *turn, const struct health *opening, const struct health *writing)
{
    if (opening->failing)
        return opening;
    if (writing->failing &&
        (writing->trouble != ENGINE_BUSY || turn->steady - writing->since >= LOCKED_LONG_MS))
        return writing;
    return NULL;
}

void availability_tell(bool *is_available, struct turn *turn, const struct health *opening,
    const struct health *writing)
{
    const struct health *trouble = availability_trouble(turn, opening, writing);
    struct news *news;

    if (*is_available == !trouble)
        return;
    *is_available = !trouble;
    atomic_store(&turn->shared->is_available, !trouble);
    news = news_new();
    if (trouble)
        news_add_unavailable(news, &trouble->why);
    else
        news_add_available(news);
    news_send(news, turn);
}

void availability_tell_room(struct turn *turn)
{
    struct news *news = news_new();

    news_add_available(news);
    news_send(news, turn);
}
