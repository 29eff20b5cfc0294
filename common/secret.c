#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config.h"
#include "common/memory.h"
#include "common/text.h"
#include "common/trust.h"

/* Random hexadecimal text of 32 digits has about 14 different characters, random decimal text 10.
 */
#define VARIETY_MIN 8
#define CREDENTIALS "CREDENTIALS_DIRECTORY"

#define ADVICE "make one with: openssl rand -base64 33"

/* The names that Auth.js uses; the first one that is set signs. */
static const char *const variables[] = {
    "AUTH_SECRET_3",
    "AUTH_SECRET_2",
    "AUTH_SECRET_1",
    "AUTH_SECRET",
};

static void set_fingerprint(struct secret *secret)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};

    EVP_Digest(secret->octets, secret->len, digest, NULL, EVP_sha256(), NULL);
    snprintf(secret->fingerprint, sizeof(secret->fingerprint), "%02x%02x%02x", digest[0], digest[1],
        digest[2]);
}

/* Whether it consists of a few different bytes, or mostly of one. */
static bool is_monotonous(const unsigned char *octets, size_t len)
{
    size_t counts[256] = {0};
    size_t different = 0, most = 0;

    for (size_t i = 0; i < len; i++) {
        size_t count = ++counts[octets[i]];
        different += count == 1;
        most = count > most ? count : most;
    }
    return different < VARIETY_MIN || most > len / 2;
}

int secrets_add(
    struct secrets *secrets, const void *octets, size_t len, bool allow_weak, struct reason *why)
{
    size_t least = allow_weak ? 1 : SECRET_MIN_OCTETS;
    struct secret *secret;

    if (len < least)
        return reason_set(why, "the secret has %zu bytes, fewer than %zu: " ADVICE, len, least);
    if (len > SECRET_MAX_OCTETS)
        return reason_set(why,
            "the secret is longer than %d bytes: is this the right file? " ADVICE,
            SECRET_MAX_OCTETS);
    if (!allow_weak && is_monotonous(octets, len))
        return reason_set(
            why, "the secret repeats so few characters that it can be guessed: " ADVICE);
    if (secrets->count == SECRETS_MAX)
        return reason_set(why, "there are more than %d secrets: take the oldest away", SECRETS_MAX);
    secret = &secrets->items[secrets->count++];
    secret->len = len;
    secret->octets = mem_alloc(len);
    memcpy(secret->octets, octets, len);
    set_fingerprint(secret);
    return 0;
}

/* Fills `data` from the file. Returns how many bytes were read, at most `size`, or -1. */
static ssize_t read_up_to(int fd, char *data, size_t size)
{
    size_t len = 0;

    while (len < size) {
        ssize_t got = read(fd, data + len, size - len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    return (ssize_t)len;
}

/* Finds what editors, or env files of other systems, add to a text, so that it would differ from
 * the secret of the application. NULL if there is nothing. */
static const char *find_leftover(const char *text, size_t len)
{
    char first = len > 0 ? text[0] : '\0', last = len > 0 ? text[len - 1] : '\0';

    if (!text_is_utf8(text, len) || memchr(text, '\0', len))
        return NULL;
    if (last == '\r')
        return "it ends with a carriage return (CR LF), as files of Windows do, which would belong "
               "to the secret: take it away, as with sed -i 's/\\r$//'";
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        return "it begins with a byte order mark, which would belong to the secret: take it away, "
               "as with sed -i '1s/^\\xef\\xbb\\xbf//'";
    if (last == ' ' || last == '\t')
        return "it ends with a blank, which would belong to the secret: take it away, as with "
               "sed -i 's/[ \\t]*$//'";
    if (len >= 2 && first == last && (first == '"' || first == '\''))
        return "it is in quotes, which would belong to the secret: remove them";
    return NULL;
}

static int add_text(
    struct secrets *secrets, const char *text, size_t len, bool allow_weak, struct reason *why)
{
    const char *leftover = find_leftover(text, len);

    if (leftover)
        return reason_set(why, "%s", leftover);
    return secrets_add(secrets, text, len, allow_weak, why);
}

/* systemd tells a service in an environment variable where its credentials are. */
char *secret_file_path(const char *value, struct reason *why)
{
    static const char *const names[] = {"$" CREDENTIALS "/", "${" CREDENTIALS "}/"};
    const char *folder = getenv(CREDENTIALS);
    char *path = NULL;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t len = strlen(names[i]);
        if (strncmp(value, names[i], len) != 0)
            continue;
        if (folder && *folder && asprintf(&path, "%s/%s", folder, value + len) < 0)
            abort();
        if (!path)
            reason_set(why,
                "the secret file %s: " CREDENTIALS " is set only for a service of systemd that has "
                "LoadCredential=; elsewhere write the file's path",
                value);
        return path;
    }
    return mem_strdup(value);
}

static int add_file(struct secrets *secrets, const char *path, bool allow_weak, struct reason *why)
{
    /* One byte for the newline, and one to notice that there is more. */
    char data[SECRET_MAX_OCTETS + 2];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read_up_to(fd, data, sizeof(data));
    int status;

    if (len < 0) {
        status = reason_set(why, "the secret file %s cannot be read: %s", path, strerror(errno));
    } else {
        if (len > 0 && data[len - 1] == '\n')
            len--;
        status = add_text(secrets, data, (size_t)len, allow_weak, why);
        if (status < 0)
            reason_prefix(why, "secret file %s: ", path);
    }
    if (fd >= 0)
        close(fd);
    mem_wipe(data, sizeof(data));
    return status;
}

int secrets_add_file(
    struct secrets *secrets, const char *value, bool allow_weak, struct reason *why)
{
    char *path = secret_file_path(value, why);
    int status = -1;

    if (path && trust_secret(path, why) < 0)
        reason_prefix(why, "the secret file ");
    else if (path)
        status = add_file(secrets, path, allow_weak, why);
    free(path);
    return status;
}

int secrets_add_env(struct secrets *secrets, const char *name, bool allow_weak, struct reason *why)
{
    const char *value = getenv(name);

    if (!value || !*value)
        return 0;
    if (add_text(secrets, value, strlen(value), allow_weak, why) < 0)
        return reason_prefix(why, "%s in the environment: ", name);
    return 1;
}

static int load_files(struct secrets *secrets, const struct config *config, struct reason *why)
{
    const struct config_list *files = &config->token.secret_file;

    for (size_t i = 0; i < files->count; i++)
        if (secrets_add_file(secrets, files->items[i], config->token.allow_weak_secret, why) < 0)
            return -1;
    return 0;
}

/* The credential that the units pass. An empty line stands in for a file that is not there. */
static int load_credential(struct secrets *secrets, bool allow_weak, struct reason *why)
{
    const char *folder = getenv(CREDENTIALS);
    struct stat status;
    char path[4096];

    if (!folder || !*folder ||
        snprintf(path, sizeof(path), "%s/secret", folder) >= (int)sizeof(path) ||
        stat(path, &status) < 0 || status.st_size <= 1)
        return 0;
    return secrets_add_file(secrets, path, allow_weak, why);
}

static int load_environment(struct secrets *secrets, bool allow_weak, struct reason *why)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        if (secrets_add_env(secrets, variables[i], allow_weak, why) < 0)
            return -1;
    if (secrets->count == 0 && load_credential(secrets, allow_weak, why) < 0)
        return -1;
    if (secrets->count == 0)
        return reason_set(why,
            "there is no secret: set AUTH_SECRET in the environment to the one that the web "
            "application uses, or secret_file in [token]; " ADVICE);
    return 0;
}

int secrets_load(struct secrets *secrets, const struct config *config, struct reason *why)
{
    int status;

    *secrets = (struct secrets){.count = 0};
    if (config->token.secret_file.count > 0)
        status = load_files(secrets, config, why);
    else
        status = load_environment(secrets, config->token.allow_weak_secret, why);
    if (status < 0)
        secrets_release(secrets);
    return status;
}

char *secrets_describe(const struct secrets *secrets, char *out, size_t size)
{
    size_t used =
        (size_t)snprintf(out, size, "%zu secret%s", secrets->count, secrets->count == 1 ? "" : "s");

    for (size_t i = 0; i < secrets->count && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s%s", i == 0 ? " (" : ", ",
            secrets->items[i].fingerprint, i + 1 == secrets->count ? ")" : "");
    return out;
}

void secrets_release(struct secrets *secrets)
{
    for (size_t i = 0; i < secrets->count; i++) {
        mem_wipe(secrets->items[i].octets, secrets->items[i].len);
        free(secrets->items[i].octets);
    }
    *secrets = (struct secrets){.count = 0};
}
