#include "gateway/store/sqlite/wal_index.h"

#include <stdatomic.h>
#include <string.h>

/* The words of the header, in the byte order of this machine. */
#define WORD_VERSION 0
#define WORD_COMMITS 2
#define WORD_FLAGS_AND_PAGE 3
#define WORD_LAST_FRAME 4
#define WORD_SALTS 8
/* The word behind both copies of the header: the last frame that a checkpoint has copied. */
#define WORD_COPIED (2 * WAL_INDEX_WORDS)

#define KNOWN_VERSION 3007000
/* More between two looks cannot be: the counter was set anew. */
#define COMMITS_MAX 1000000

/* Of the -wal: the file's header, and that of each frame, which has the salts in its middle. */
#define WAL_HEADER_BYTES 32
#define FRAME_HEADER_BYTES 24
#define SALTS_AT 8
#define SALTS_BYTES 8

/* SQLite maps the -shm in parts of this size. */
#define PART_BYTES 32768

static volatile const uint32_t *map(sqlite3 *db)
{
    sqlite3_file *file = NULL;

    void volatile *shared = NULL;

    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file ||
        !file->pMethods || file->pMethods->iVersion < 2 || !file->pMethods->xShmMap ||
        file->pMethods->xShmMap(file, 0, PART_BYTES, 0, &shared) != SQLITE_OK)
        return NULL;
    return shared;
}

/* Who commits writes the second copy of the header first, so two that are alike are whole. */
static void header_read(const struct wal_index *index, struct wal_header *header)
{
    uint32_t second[WAL_INDEX_WORDS];

    header->is_whole = false;
    if (!index->shared)
        return;
    for (size_t i = 0; i < WAL_INDEX_WORDS; i++)
        header->words[i] = index->shared[i];
    atomic_thread_fence(memory_order_seq_cst);
    for (size_t i = 0; i < WAL_INDEX_WORDS; i++)
        second[i] = index->shared[WAL_INDEX_WORDS + i];
    header->is_whole = memcmp(header->words, second, sizeof(second)) == 0 &&
                       header->words[WORD_VERSION] == KNOWN_VERSION;
}

static bool header_is_same(const struct wal_header *a, const struct wal_header *b)
{
    return a->is_whole && b->is_whole && memcmp(a->words, b->words, sizeof(a->words)) == 0;
}

/* SQLite calls it in a commit that has put frames into the WAL, and only then. */
static int on_frames(void *context, sqlite3 *db, const char *name, int frames)
{
    struct wal_index *index = context;

    (void)db;
    (void)name;
    (void)frames;
    index->has_written = true;
    return SQLITE_OK;
}

void wal_index_open(struct wal_index *index, sqlite3 *db)
{
    *index = (struct wal_index){.db = db, .shared = map(db)};
    sqlite3_wal_hook(db, on_frames, index);
}

bool wal_index_is_new(const struct wal_index *index)
{
    struct wal_header now;

    header_read(index, &now);
    return !header_is_same(&now, &index->seen);
}

int wal_index_look(struct wal_index *index)
{
    struct wal_header before = index->seen;
    uint32_t commits;

    header_read(index, &index->seen);
    commits = index->seen.words[WORD_COMMITS] - before.words[WORD_COMMITS];
    return before.is_whole && index->seen.is_whole && commits <= COMMITS_MAX ? (int)commits : 1;
}

void wal_index_doubt(struct wal_index *index)
{
    index->seen.is_whole = false;
}

void wal_index_sizes(struct wal_index *index, uint32_t *frames, uint32_t *copied)
{
    struct wal_header now;

    header_read(index, &now);
    if (now.is_whole) {
        index->frames = now.words[WORD_LAST_FRAME];
        index->copied = index->shared[WORD_COPIED];
    }
    *frames = index->frames;
    *copied = index->copied;
}

void wal_index_copy(const struct wal_index *index, struct wal_header *header)
{
    header_read(index, header);
}

uint32_t wal_header_frames(const struct wal_header *header)
{
    return header->is_whole ? header->words[WORD_LAST_FRAME] : 0;
}

/* The header with new salts is written before it is said that nothing is copied, so whoever reads
 * them the other way round has both of the same use. */
bool wal_index_is_owed(const struct wal_index *index, const struct wal_header *before)
{
    uint32_t copied = index->shared ? index->shared[WORD_COPIED] : 0;
    struct wal_header now;

    atomic_thread_fence(memory_order_seq_cst);
    header_read(index, &now);
    return now.is_whole && copied < wal_header_frames(before) &&
           memcmp(&now.words[WORD_SALTS], &before->words[WORD_SALTS], SALTS_BYTES) == 0;
}

void wal_index_lock(struct wal_index *index)
{
    header_read(index, &index->locked);
    index->has_written = false;
}

/* Each commit that has put frames into the WAL adds one to the counter. If it shows more than ours,
 * or others had committed before we got the lock, the header stays new. Ours may have put none
 * there (an UPDATE that finds no row): then whatever was added is not ours. */
void wal_index_commit(struct wal_index *index)
{
    struct wal_header now;

    if (!index->has_written || !header_is_same(&index->locked, &index->seen))
        return;
    header_read(index, &now);
    if (now.is_whole && now.words[WORD_COMMITS] == index->locked.words[WORD_COMMITS] + 1)
        index->seen = now;
}

static int64_t page_size(const struct wal_header *header)
{
    uint16_t halves[2];

    memcpy(halves, &header->words[WORD_FLAGS_AND_PAGE], sizeof(halves));
    return (halves[1] & 0xfe00) + ((int64_t)(halves[1] & 1) << 16);
}

/* The frame is written before its transaction is committed, and has the salts of the present use of
 * the file, while those left from an earlier use have others. While no frame is committed the salts
 * in the index may still be old. */
bool wal_index_is_written(const struct wal_index *index)
{
    unsigned char frame[FRAME_HEADER_BYTES];
    sqlite3_file *wal = NULL;
    struct wal_header now;
    int64_t at;

    header_read(index, &now);
    if (!now.is_whole || now.words[WORD_LAST_FRAME] == 0 ||
        sqlite3_file_control(index->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) != SQLITE_OK ||
        !wal || !wal->pMethods)
        return true;
    at = WAL_HEADER_BYTES + now.words[WORD_LAST_FRAME] * (page_size(&now) + FRAME_HEADER_BYTES);
    switch (wal->pMethods->xRead(wal, frame, sizeof(frame), at)) {
    case SQLITE_OK:
        return memcmp(frame + SALTS_AT, &now.words[WORD_SALTS], SALTS_BYTES) == 0;
    case SQLITE_IOERR_SHORT_READ:
        return false;
    default:
        return true;
    }
}
